/* SPDX-License-Identifier: Apache-2.0 */
/* hq.conf (CONTRACT section 6): where broker and database are, and with which key commands are signed. Main
 * thread. */
#pragma once

#include <glib.h>

#define HQ_CONFIG_SEED 32u /* bytes of an Ed25519 seed */

typedef struct {
    char **brokers; /* mqtt:// mqtts:// ws:// wss:// */
    char *ca_file, *cert_file, *key_file;
    char *username, *password; /* NULL: none */
    char *database;            /* postgresql://…; NULL: none */
    char *issuer;              /* NULL: none */
    guint8 seed[HQ_CONFIG_SEED];
    gboolean has_seed;
} HqConfig;

/* Reads DIRECTORY/hq.conf and the files it names. NULL: every fault is a line of RET_FAULTS (the caller owns
 * it). A secret that group or others can read is a fault. */
HqConfig *hq_config_load(const char *directory, char **ret_faults);
void hq_config_free(HqConfig *config);

/* Takes the Ed25519 seed out of TEXT: PEM as `openssl genpkey -algorithm ed25519` writes it, or the 32 bytes
 * in base64. */
gboolean hq_config_parse_key(const char *text, guint8 seed[HQ_CONFIG_SEED]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HqConfig, hq_config_free)
