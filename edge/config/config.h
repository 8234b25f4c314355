/* SPDX-License-Identifier: Apache-2.0 */
/* The station's configuration (CONTRACT section 3): a directory of key files → a Site, or every fault at
 * once. Main thread; reads files, keeps nothing. */
#pragma once

#include "edge/model/site.h"

/* "devices.d/yard.conf: [device dc-01] unit-id: 300 is not a unit id, 0 to 255" */
typedef struct {
    char *file;  /* relative to the directory */
    char *group; /* "device dc-01"; "" where none */
    char *key;   /* "" where none */
    char *text;  /* what is wrong, what is allowed */
} ConfigFault;

/* Loads DIRECTORY, with the shipped profiles and rules of ASSETS. Gives a site of one reference, or NULL with
 * at least one fault in RET_FAULTS (ConfigFault, owned by the caller; made empty on success). */
Site *config_load(const char *directory, const char *assets, GPtrArray **ret_faults);

/* The same for a last-good copy, which must guard although today's rules find faults in it: what has one is
 * left out, key, group or file, until what remains is without. NULL only where [station] does not remain. The
 * faults are told in either case; they may be many although there is a site. */
Site *config_load_rest(const char *directory, const char *assets, GPtrArray **ret_faults);

/* FAULT as CONTRACT section 2 prints it; the caller owns it. */
char *config_fault_format(const ConfigFault *fault);
void config_fault_free(ConfigFault *fault);

/* Copies the files of DIRECTORY that make up the configuration to DATA_DIR/last-good (made anew, by rename,
 * so that a crash leaves the old or the new one). */
gboolean config_save_last_good(const char *directory, const char *data_dir, GError **error);

/* The data-dir that DIRECTORY's station.conf names, whatever is wrong with the rest of the file, even its
 * bytes; NULL if it cannot be told. */
char *config_find_data_dir(const char *directory);
