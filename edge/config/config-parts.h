/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the room: what the files of edge/config share while one configuration is being read. Nobody
 * else includes it. Main thread. */
#pragma once

#include "edge/config/keyfile-read.h"
#include "edge/model/point.h"

#define CONFIG_MOST_FILES 4096u
#define CONFIG_MOST_DEVICES 10000u
#define CONFIG_MOST_THINGS 4096u /* of any other kind: buses, cameras, rules, tariffs */

/* Beside a last-good copy: which directory it was made from, and what lay outside it. */
#define CONFIG_KEPT ".kept"
#define CONFIG_KEPT_ORIGIN ".kept/origin"

typedef struct {
    char *directory; /* absolute */
    char *origin;    /* the directory that was copied, where this one is a last-good copy; else DIRECTORY */
    char *assets;
    GHashTable *omit; /* keyfile_omit(): what is left out; NULL: nothing. Borrowed */
    Site *site;
    GPtrArray *faults;    /* ConfigFault */
    GPtrArray *files;     /* Keyfile: kept until the end, for the places of cross references */
    GHashTable *groups;   /* SiteBus *, SiteDevice *, … → KeyfileGroup * */
    GHashTable *named;    /* "device dc-01" → KeyfileGroup *: where it was given first */
    GHashTable *profiles; /* names that devices ask for (char *) → Profile *, NULL where there is none */
} ConfigLoad;

/* --- config.c */

/* Reads and parses the file NAME ("devices.d/yard.conf") of ROOT; it is kept until the end. NULL where it
 * cannot be read at all, which is a fault, or is left out. */
Keyfile *config_open(ConfigLoad *load, const char *root, const char *name);
/* Whether the file NAME of the directory is left out. */
gboolean config_omits(const ConfigLoad *load, const char *name);
/* The names of the files of ROOT/FOLDER that end in SUFFIX, sorted; the caller owns them. A folder that is
 * missing is empty; one that cannot be read is a fault. What is left out is not among them. */
GPtrArray *config_list(ConfigLoad *load, const char *root, const char *folder, const char *suffix);
/* A fault where GROUP has no right name, or one that is taken: names are one's own within a NAMESPACE. */
void config_claim(ConfigLoad *load, KeyfileGroup *group, const char *namespace);
/* A fault for a group that this file may not hold; KINDS (NULL-terminated) it may. */
void config_refuse_group(KeyfileGroup *group, const char *const *kinds);
/* A fault where GROUP has a name and needs none. */
void config_refuse_name(KeyfileGroup *group);
/* "devices.d/yard.conf: [device dc-01]"; the caller owns it. */
char *config_place(const KeyfileGroup *group);
/* The absolute path that VALUE means in this configuration; the caller owns it. */
char *config_resolve(const ConfigLoad *load, const char *value);
/* What a secret's mode must not have: a camera's password may be read by a group, which is that of the wall.
 */
#define CONFIG_SECRET 0077u
#define CONFIG_SECRET_OF_GROUP 0037u
/* Reads KEY as the path of a file that must be there and has none of the bits of CLOSED in its mode, made
 * absolute. */
gboolean config_read_file(ConfigLoad *load, KeyfileGroup *group, const char *key, guint closed, char **ret);
/* Checks one such file; false and a fault where something is wrong with it. */
gboolean config_check_file(KeyfileGroup *group, const char *key, const char *path, guint closed);

/* --- config-address.c: text → parts; the error says what is allowed */
typedef struct {
    char *host;
    guint port;
} ConfigAddress;
gboolean config_address_parse_tcp(const char *text, guint default_port, ConfigAddress *ret, GError **error);
gboolean config_address_parse_bus(const char *text, SiteBus *bus, GError **error);
/* SCHEMES is NULL-terminated ("mqtt"). No user, no password, no spaces. */
gboolean config_address_check_url(const char *text, const char *const *schemes, GError **error);
gboolean config_address_is_loopback(const char *host);
gboolean config_address_is_range(const char *text);

/* --- config-station.c */
void config_station_read(ConfigLoad *load, Keyfile *file);

/* --- config-device.c */
void config_device_read(ConfigLoad *load, Keyfile *file);

/* --- config-profile.c */
/* The profile of FILE, also where it has faults; the caller owns it. RET_IS_KNOWN: whether its kind is. */
Profile *config_profile_read(Keyfile *file, const char *name, gboolean *ret_is_known);
/* Which connector "1/power", "N/power" or "siren/on" means (0: the device's own) and what stands behind it.
 */
typedef struct {
    guint connector;
    gboolean every; /* N: all of them */
    const char *name;
} ConfigTarget;
gboolean config_profile_target(KeyfileGroup *group, const Profile *profile, ConfigTarget *ret);

/* Whether NAME is a current that proves a stop: `current`, or one of the phases. */
gboolean config_profile_is_current(const char *name);

/* --- config-command.c */
/* Reads [command …], [keepalive] or [setup] into PROFILE. */
void config_command_read(KeyfileGroup *group, Profile *profile, guint stride);
/* Gives every connector the commands that one of them has, STRIDE further on. */
void config_command_expand(Keyfile *file, Profile *profile, guint stride);
/* The address of connector K's twin of what connector N has at ADDRESS, or −1 where there is no such
 * register. */
int config_command_shift(guint address, guint count, guint n, guint k, guint stride);
/* Loads every profile that a device names, binds the devices to them, and checks those of the directory that
 * none names. */
void config_profile_bind(ConfigLoad *load);

/* --- config-register.c: the little languages inside a profile's values */
typedef struct {
    ProfileSpace space;
    guint address;
    int bit; /* −1: none */
} ConfigRegister;
gboolean config_register_parse(const char *text, ConfigRegister *ret);
gboolean config_register_parse_type(const char *text, ProfileType *ret_type, guint *ret_count);
/* Whether NUMBER can be a raw value of TYPE. */
gboolean config_register_fits(ProfileType type, double number);
gboolean config_register_is_integer(ProfileType type);
void config_register_read_map(KeyfileGroup *group, ProfilePoint *point);
void config_register_read_absent(KeyfileGroup *group, ProfilePoint *point);
void config_register_read_writes(KeyfileGroup *group, ProfileCommand *command, gboolean needs_constant);

/* --- config-rule.c */
/* The shipped rules, where the policy wants them, and those of the directory. */
void config_rule_read(ConfigLoad *load);

/* --- config-tariff.c */
void config_tariff_read(ConfigLoad *load);

/* --- config-link.c */
/* Everything that one part says about another. */
void config_link_check(ConfigLoad *load);
