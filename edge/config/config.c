/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* renameat2(), nftw() */
#include "edge/config/config-parts.h"

#include "edge/base/name.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERROR g_quark_from_static_string("config")
#define MOST_ROUNDS 64 /* of config_load_rest(); each leaves out something more */

static const struct {
    const char *folder, *suffix;
} folders[] = {
    { "devices.d", ".conf" }, { "profiles", ".profile" }, { "rules.d", ".rules" }, { "tariffs.d", ".tariff" }
};

/* --- faults */

char *config_fault_format(const ConfigFault *fault)
{
    GString *text = g_string_new(fault->file);

    g_string_append(text, ": ");
    if (fault->group[0])
        g_string_append_printf(text, "[%s]", fault->group);
    if (fault->key[0])
        g_string_append_printf(text, "%s%s", fault->group[0] ? " " : "", fault->key);
    g_string_append_printf(text, "%s%s", fault->group[0] || fault->key[0] ? ": " : "", fault->text);
    return g_string_free(text, FALSE);
}

void config_fault_free(ConfigFault *fault)
{
    g_free(fault->file);
    g_free(fault->group);
    g_free(fault->key);
    g_free(fault->text);
    g_free(fault);
}

/* --- files */

/* The bytes of a regular file, at most one more than LIMIT: a device file or a pipe would have no end. */
static gboolean read_bytes(const char *path, gsize limit, GString **ret_bytes, mode_t *ret_mode,
                           GError **error)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    ssize_t n = -1;

    if (fd >= 0 && fstat(fd, &status) == 0) {
        if (!S_ISREG(status.st_mode)) {
            close(fd);
            g_set_error_literal(error, ERROR, 0, "is not a regular file");
            return FALSE;
        }
        do {
            gsize before = bytes->len;

            g_string_set_size(bytes, before + 16384);
            n = TEMP_FAILURE_RETRY(read(fd, bytes->str + before, 16384));
            g_string_set_size(bytes, before + (n > 0 ? (gsize)n : 0));
        } while (n > 0 && bytes->len <= limit);
    }
    if (n < 0)
        g_set_error(error, ERROR, 0, "cannot be read: %s", g_strerror(errno));
    if (fd >= 0)
        close(fd);
    if (n < 0)
        return FALSE;
    *ret_bytes = g_steal_pointer(&bytes);
    *ret_mode = status.st_mode;
    return TRUE;
}

gboolean config_omits(const ConfigLoad *load, const char *name)
{
    return load->omit && g_hash_table_contains(load->omit, name);
}

Keyfile *config_open(ConfigLoad *load, const char *root, const char *name)
{
    g_autofree char *path = g_build_filename(root, name, NULL);
    const char *shown = g_str_equal(root, load->directory) ? name : path;
    g_autoptr(GString) text = NULL;
    g_autoptr(GError) error = NULL;
    guint first = load->faults->len;
    mode_t mode;
    Keyfile *file;

    if (config_omits(load, shown))
        return NULL;
    if (load->files->len >= CONFIG_MOST_FILES) {
        keyfile_fault(load->faults, shown, "", "", "is one file too many; at most %u are allowed",
                      CONFIG_MOST_FILES);
        return NULL;
    }
    if (!read_bytes(path, KEYFILE_LONGEST_FILE, &text, &mode, &error)) {
        keyfile_fault(load->faults, shown, "", "", "%s", error->message);
        return NULL;
    }
    file = keyfile_parse(shown, text->str, text->len, load->faults);
    g_ptr_array_add(load->files, file);
    if (load->omit)
        keyfile_omit(file, load->omit, first);
    return file;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of ROOT/FOLDER with SUFFIX, sorted by name; false where the folder is there and cannot be read.
 */
static gboolean list_files(const char *root, const char *folder, const char *suffix, GPtrArray *names,
                           GError **error)
{
    g_autofree char *path = g_build_filename(root, folder, NULL);
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &cause);
    const char *name;

    if (!dir) {
        if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    while ((name = g_dir_read_name(dir))) {
        if (name[0] != '.' && g_str_has_suffix(name, suffix) && names->len <= CONFIG_MOST_FILES)
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(names, compare_names);
    return TRUE;
}

GPtrArray *config_list(ConfigLoad *load, const char *root, const char *folder, const char *suffix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    if (!list_files(root, folder, suffix, names, &error) && !config_omits(load, folder))
        keyfile_fault(load->faults, folder, "", "", "%s", error->message);
    for (guint i = names->len; i-- > 0;) {
        if (config_omits(load, names->pdata[i]))
            g_ptr_array_remove_index(names, i);
    }
    return names;
}

/* What editors, people and dpkg leave beside a file. */
static gboolean is_leftover(const char *name)
{
    return name[0] == '.' || g_str_has_suffix(name, "~") || g_str_has_suffix(name, ".bak") ||
           g_str_has_suffix(name, ".orig") || strstr(name, ".dpkg-");
}

/* A fault for each file of FOLDER that would be passed over: a rule in x.rule would guard nothing, in
 * silence. */
static void refuse_others(ConfigLoad *load, const char *folder, const char *suffix)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (!list_files(load->directory, folder, "", names, NULL)) /* config_list() tells why */
        return;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(load->directory, names->pdata[i], NULL);
        g_autofree char *base = g_path_get_basename(path);
        g_autofree char *shown = g_filename_display_name(names->pdata[i]);

        g_strdelimit(shown, "\n\r\t", ' ');
        if (g_str_has_suffix(base, suffix) || is_leftover(base) || g_file_test(path, G_FILE_TEST_IS_DIR) ||
            config_omits(load, shown))
            continue;
        keyfile_fault(load->faults, shown, "", "", "is not read, since a file of %s/ ends in %s", folder,
                      suffix);
    }
}

/* Where the configuration of DIRECTORY was written: a last-good copy knows what it was made from. */
static char *find_origin(const char *directory)
{
    g_autofree char *path = g_build_filename(directory, CONFIG_KEPT_ORIGIN, NULL);
    g_autofree char *origin = NULL;

    if (g_file_get_contents(path, &origin, NULL, NULL) && g_path_is_absolute(origin))
        return g_steal_pointer(&origin);
    return g_strdup(directory);
}

/* What VALUE means below ORIGIN: relative to it in RET_INSIDE, or the name of its copy in .kept in RET_KEPT.
 */
static char *locate(const char *origin, const char *value, char **ret_inside, char **ret_kept)
{
    char *path = g_canonicalize_filename(value, origin);
    gsize length = strlen(origin);

    *ret_inside = *ret_kept = NULL;
    if (g_str_has_prefix(path, origin) && path[length] == '/') {
        *ret_inside = g_strdup(path + length + 1);
    } else {
        g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, path, -1);

        *ret_kept = g_build_filename(CONFIG_KEPT, sum, NULL);
    }
    return path;
}

char *config_resolve(const ConfigLoad *load, const char *value)
{
    g_autofree char *inside = NULL;
    g_autofree char *kept = NULL;
    g_autofree char *path = locate(load->origin, value, &inside, &kept);
    g_autofree char *copy = g_build_filename(load->directory, inside ? inside : kept, NULL);

    return inside || g_file_test(copy, G_FILE_TEST_EXISTS) ? g_steal_pointer(&copy) : g_steal_pointer(&path);
}

gboolean config_check_file(KeyfileGroup *group, const char *key, const char *path, guint closed)
{
    struct stat status;

    if (stat(path, &status) != 0)
        keyfile_read_fault(group, key, "%s cannot be read: %s", path, g_strerror(errno));
    else if (!S_ISREG(status.st_mode))
        keyfile_read_fault(group, key, "%s is not a regular file", path);
    else if (status.st_mode & closed)
        keyfile_read_fault(group, key, "%s is open to its group or to others (mode %04o); make it %04o", path,
                           (guint)(status.st_mode & 07777), 0666 & ~closed & ~0020u);
    else if (status.st_size > (off_t)KEYFILE_LONGEST_FILE)
        keyfile_read_fault(group, key, "%s is larger than 1 MiB", path);
    else if (access(path, R_OK) != 0)
        keyfile_read_fault(group, key, "%s cannot be read: %s", path, g_strerror(errno));
    else
        return TRUE;
    return FALSE;
}

gboolean config_read_file(ConfigLoad *load, KeyfileGroup *group, const char *key, guint closed, char **ret)
{
    const char *value = keyfile_read_value(group, key);

    if (!value)
        return FALSE;
    g_free(*ret);
    *ret = config_resolve(load, value);
    return config_check_file(group, key, *ret, closed);
}

/* --- groups */

char *config_place(const KeyfileGroup *group)
{
    return g_strdup_printf("%s: [%s]", group->file->path, group->head);
}

void config_refuse_group(KeyfileGroup *group, const char *const *kinds)
{
    g_autofree char *all = g_strjoinv(", ", (char **)kinds);
    const char *nearest = name_nearest(kinds, group->kind);

    if (nearest)
        keyfile_read_fault(group, "", "unknown group; did you mean [%s]?", nearest);
    else
        keyfile_read_fault(group, "", "unknown group; allowed here are %s", all);
}

void config_refuse_name(KeyfileGroup *group)
{
    if (group->name[0])
        keyfile_read_fault(group, "", "takes no name; write [%s]", group->kind);
}

void config_claim(ConfigLoad *load, KeyfileGroup *group, const char *namespace)
{
    /* paths begin with these: "bus/yard/online", "station/books", "zone/bay-a" */
    static const char *const reserved[] = { "bus", "station", "zone", NULL };
    static const char *const paths[] = { "bus", "device", NULL };
    g_autofree char *id = g_strdup_printf("%s %s", namespace, group->name);
    const KeyfileGroup *first = g_hash_table_lookup(load->named, id);

    if (!keyfile_read_is_name(group->name))
        keyfile_read_fault(group, "",
                           "needs a name of 1 to 64 letters, digits, . _ -, not beginning with a dot");
    else if (g_strv_contains(paths, namespace) && g_strv_contains(reserved, group->name))
        keyfile_read_fault(group, "", "the name %s is the station's own; choose another", group->name);
    else if (first)
        keyfile_read_fault(group, "", "the name %s is given twice, as [%s] in %s line %u and in %s line %u",
                           group->name, first->head, first->file->path, first->line, group->file->path,
                           group->line);
    else
        g_hash_table_insert(load->named, g_steal_pointer(&id), group);
}

/* --- the whole */

static ConfigLoad *load_new(const char *directory, const char *assets)
{
    ConfigLoad *load = g_new0(ConfigLoad, 1);

    load->directory = g_canonicalize_filename(directory, NULL);
    load->origin = find_origin(load->directory);
    load->assets = g_canonicalize_filename(assets, NULL);
    load->site = site_new();
    load->faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
    load->files = g_ptr_array_new_with_free_func((GDestroyNotify)keyfile_free);
    load->groups = g_hash_table_new(NULL, NULL);
    load->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    load->profiles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return load;
}

static void load_free(ConfigLoad *load)
{
    g_hash_table_unref(load->profiles);
    g_hash_table_unref(load->named);
    g_hash_table_unref(load->groups);
    g_ptr_array_unref(load->files);
    g_ptr_array_unref(load->faults);
    g_clear_pointer(&load->site, site_unref);
    g_free(load->assets);
    g_free(load->origin);
    g_free(load->directory);
    g_free(load);
}

static void read_all(ConfigLoad *load)
{
    g_autoptr(GPtrArray) devices = NULL;
    Keyfile *station = config_open(load, load->directory, "station.conf");

    for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
        refuse_others(load, folders[i].folder, folders[i].suffix);
    if (station)
        config_station_read(load, station);
    devices = config_list(load, load->directory, "devices.d", ".conf");
    for (guint i = 0; i < devices->len; i++) {
        Keyfile *file = config_open(load, load->directory, devices->pdata[i]);

        if (file)
            config_device_read(load, file);
    }
    config_profile_bind(load);
    config_rule_read(load);
    config_tariff_read(load);
    config_link_check(load);
}

Site *config_load(const char *directory, const char *assets, GPtrArray **ret_faults)
{
    ConfigLoad *load = load_new(directory, assets);
    Site *site = NULL;

    read_all(load);
    if (load->faults->len == 0)
        site = g_steal_pointer(&load->site);
    *ret_faults = g_ptr_array_ref(load->faults);
    load_free(load);
    return site;
}

Site *config_load_rest(const char *directory, const char *assets, GPtrArray **ret_faults)
{
    g_autoptr(GHashTable) omitted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
    GPtrArray *told = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);
    Site *site = NULL;
    gboolean more = TRUE;

    /* what was left out may be what another part refers to, which is then left out in the next round */
    for (guint round = 0; more && round < MOST_ROUNDS; round++) {
        ConfigLoad *load = load_new(directory, assets);

        load->omit = omitted;
        more = FALSE;
        read_all(load);
        for (guint i = 0; i < load->faults->len; i++)
            more |= keyfile_omit_fault(omitted, load->faults->pdata[i]);
        if (!more && load->site->station.id[0] && load->site->station.data_dir[0])
            site = g_steal_pointer(&load->site);
        while (load->faults->len > 0 && told->len < KEYFILE_MOST_FAULTS) {
            ConfigFault *fault = g_ptr_array_steal_index(load->faults, 0);

            g_ptr_array_add(g_hash_table_add(seen, config_fault_format(fault)) ? told : again, fault);
        }
        load_free(load);
    }
    *ret_faults = told;
    return site;
}

char *config_find_data_dir(const char *directory)
{
    g_autofree char *absolute = g_canonicalize_filename(directory, NULL);
    g_autofree char *origin = find_origin(absolute);
    g_autofree char *path = g_build_filename(absolute, "station.conf", NULL);
    g_autofree char *value = NULL;
    g_autoptr(GString) text = NULL;
    mode_t mode;

    if (read_bytes(path, KEYFILE_LONGEST_FILE, &text, &mode, NULL))
        value = keyfile_rescue(text->str, text->len, "station", "data-dir");
    return value ? g_canonicalize_filename(value, origin) : NULL;
}

/* --- the last good copy */

#define NEW "last-good.new" /* what is being made; after the exchange what has been replaced */

static gboolean fail(GError **error, const char *what, const char *path)
{
    int number = errno;

    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(number), "%s %s: %s", what, path,
                g_strerror(number));
    return FALSE;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Removes PATH and all below it; follows no links. */
static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static gboolean sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean done = fd >= 0 && fsync(fd) == 0;

    if (!done)
        fail(error, "cannot flush", path);
    if (fd >= 0)
        close(fd);
    return done;
}

/* Writes BYTES to PATH with MODE and on to the disk. */
static gboolean write_bytes(const char *path, const char *bytes, gsize size, mode_t mode, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    gboolean done = FALSE;
    int fd;

    if (g_mkdir_with_parents(folder, 0700) != 0)
        return fail(error, "cannot make", folder);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        ssize_t n = 0;

        for (; size > 0 && (n = TEMP_FAILURE_RETRY(write(fd, bytes, size))) > 0; size -= (gsize)n)
            bytes += n;
        done = size == 0 && fchmod(fd, mode & 0777) == 0 && fsync(fd) == 0;
    }
    if (!done)
        fail(error, "cannot write", path);
    if (fd >= 0)
        close(fd);
    return done && sync_folder(folder, error);
}

static gboolean copy_file(const char *from, const char *to, GError **error)
{
    g_autoptr(GString) bytes = NULL;
    g_autoptr(GError) cause = NULL;
    mode_t mode = 0;

    if (!read_bytes(from, KEYFILE_LONGEST_FILE, &bytes, &mode, &cause)) {
        g_set_error(error, ERROR, 0, "%s %s", from, cause->message);
        return FALSE;
    }
    if (bytes->len > KEYFILE_LONGEST_FILE) {
        g_set_error(error, ERROR, 0, "%s is larger than 1 MiB", from);
        return FALSE;
    }
    return write_bytes(to, bytes->str, bytes->len, mode, error);
}

/* Copies the file that VALUE names to where config_resolve() will look for it. */
static gboolean copy_named(const ConfigLoad *load, const char *value, const char *target, GError **error)
{
    g_autofree char *inside = NULL;
    g_autofree char *kept = NULL;
    g_autofree char *path = locate(load->origin, value, &inside, &kept);
    g_autofree char *to = g_build_filename(target, inside ? inside : kept, NULL);

    return copy_file(path, to, error);
}

/* The secrets, keys and certificates that GROUP names. */
static gboolean copy_of_group(const ConfigLoad *load, KeyfileGroup *group, const char *target, GError **error)
{
    static const char *const keys[] = { "ca-file", "cert-file", "key-file", "password-file", "command-keys" };

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_auto(GStrv) values = NULL;

        if (g_str_equal(keys[i], "command-keys"))
            keyfile_read_list(group, keys[i], 16, &values);
        else if (keyfile_read_value(group, keys[i]))
            values = g_strdupv((char *[]){ (char *)keyfile_read_value(group, keys[i]), NULL });
        for (guint j = 0; values && values[j]; j++) {
            if (!copy_named(load, values[j], target, error))
                return FALSE;
        }
    }
    return TRUE;
}

/* Copies NAME, and what it names, to TARGET. */
static gboolean copy_key_file(ConfigLoad *load, const char *name, const char *target, GError **error)
{
    g_autofree char *from = g_build_filename(load->directory, name, NULL);
    g_autofree char *to = g_build_filename(target, name, NULL);
    Keyfile *file;

    if (!copy_file(from, to, error))
        return FALSE;
    file = config_open(load, load->directory, name);
    for (guint i = 0; file && i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (!g_str_equal(group->head, "hq") && !g_str_equal(group->kind, "camera"))
            continue;
        if (!copy_of_group(load, group, target, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean copy_all(ConfigLoad *load, const char *target, GError **error)
{
    g_autofree char *origin = g_build_filename(target, CONFIG_KEPT_ORIGIN, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(names, g_strdup("station.conf"));
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autoptr(GPtrArray) some = g_ptr_array_new();

        if (!list_files(load->directory, folders[i].folder, folders[i].suffix, some, error))
            return FALSE;
        g_ptr_array_extend_and_steal(names, g_steal_pointer(&some));
    }
    for (guint i = 0; i < names->len; i++) {
        if (!copy_key_file(load, names->pdata[i], target, error))
            return FALSE;
    }
    return write_bytes(origin, load->origin, strlen(load->origin), 0600, error) && sync_folder(target, error);
}

/* Puts FRESH in the place of GOOD in one step; where the file system cannot exchange two folders, in two. */
static gboolean swap(const char *fresh, const char *good, GError **error)
{
    g_autofree char *old = g_strconcat(good, ".old", NULL);

    if (!g_file_test(good, G_FILE_TEST_EXISTS))
        return rename(fresh, good) == 0 || fail(error, "cannot rename", fresh);
    if (renameat2(AT_FDCWD, fresh, AT_FDCWD, good, RENAME_EXCHANGE) == 0)
        return TRUE;
    remove_tree(old);
    if (rename(good, old) != 0 || rename(fresh, good) != 0)
        return fail(error, "cannot rename", fresh);
    remove_tree(old);
    return TRUE;
}

gboolean config_save_last_good(const char *directory, const char *data_dir, GError **error)
{
    g_autofree char *good = g_build_filename(data_dir, "last-good", NULL);
    g_autofree char *fresh = g_build_filename(data_dir, NEW, NULL);
    ConfigLoad *load = load_new(directory, directory);
    gboolean done = g_str_equal(load->directory, good); /* it runs on the copy itself */

    if (!done) {
        remove_tree(fresh);
        done = g_mkdir_with_parents(fresh, 0700) == 0 || fail(error, "cannot make", fresh);
        done =
            done && copy_all(load, fresh, error) && swap(fresh, good, error) && sync_folder(data_dir, error);
        remove_tree(fresh);
    }
    load_free(load);
    return done;
}
