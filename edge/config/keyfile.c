/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/keyfile.h"

#include <string.h>

/* GKeyFile itself is not used: it keeps no line numbers, merges groups and keys that stand twice without a
 * word, and would see comments behind values as part of them. tests/unit/config/keyfile.c holds this reader
 * against it. */

typedef struct {
    Keyfile *file;
    KeyfileGroup *group; /* the one that is open; NULL before the first, and in one that is not understood */
    gboolean lost;       /* in a group that is not understood: its keys would only be more noise */
    GHashTable *heads;   /* head → KeyfileGroup */
    guint line;
} Parser;

static void entry_free(KeyfileEntry *entry)
{
    g_free(entry->key);
    g_free(entry->raw);
    g_free(entry->value);
    g_free(entry);
}

static void group_free(KeyfileGroup *group)
{
    g_free(group->head);
    g_free(group->kind);
    g_free(group->name);
    g_ptr_array_unref(group->entries);
    g_ptr_array_unref(group->known);
    g_free(group);
}

void keyfile_free(Keyfile *file)
{
    g_free(file->path);
    g_ptr_array_unref(file->groups);
    g_free(file);
}

void keyfile_fault(GPtrArray *faults, const char *path, const char *group, const char *key,
                   const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;
    ConfigFault *fault;

    if (faults->len >= KEYFILE_MOST_FAULTS)
        return;
    fault = g_new0(ConfigFault, 1);
    fault->file = g_strdup(path);
    fault->group = g_strdup(group);
    fault->key = g_strdup(key);
    va_start(arguments, format);
    text = faults->len < KEYFILE_MOST_FAULTS - 1 ? g_strdup_vprintf(format, arguments)
                                                 : g_strdup("there are more faults than can be told");
    va_end(arguments);
    fault->text = g_utf8_make_valid(text, -1); /* a "%.60s" may have cut a letter in two */
    g_strdelimit(fault->text, "\n\r\t", ' ');  /* a value may hold \n: a fault is one line all the same */
    g_ptr_array_add(faults, fault);
}

static void line_fault(Parser *parser, const char *key, const char *text)
{
    keyfile_fault(parser->file->faults, parser->file->path, parser->group ? parser->group->head : "", key,
                  "line %u: %s", parser->line, text);
}

const KeyfileEntry *keyfile_find(const KeyfileGroup *group, const char *key)
{
    for (guint i = 0; i < group->entries->len; i++) {
        const KeyfileEntry *entry = group->entries->pdata[i];

        if (g_str_equal(entry->key, key))
            return entry;
    }
    return NULL;
}

/* The escapes of GLib's key files, and `\;` of its lists. NULL where there is another one. */
static char *unescape(const char *raw, gsize length)
{
    static const char letters[] = "snrt\\;";
    static const char meanings[] = " \n\r\t\\;";
    GString *text = g_string_sized_new(length);

    for (gsize i = 0; i < length; i++) {
        const char *letter = NULL;

        if (raw[i] != '\\') {
            g_string_append_c(text, raw[i]);
            continue;
        }
        if (i + 1 < length)
            letter = strchr(letters, raw[++i]);
        if (!letter) {
            g_string_free(text, TRUE);
            return NULL;
        }
        g_string_append_c(text, meanings[letter - letters]);
    }
    return g_string_free(text, FALSE);
}

static gboolean is_blank(char letter)
{
    return letter == ' ' || letter == '\t';
}

static void add_part(GPtrArray *parts, const char *start, const char *end)
{
    char *part;

    while (start < end && is_blank(*start))
        start++;
    while (end > start && is_blank(end[-1]))
        end--;
    if (start == end)
        return;
    part = unescape(start, (gsize)(end - start));
    g_ptr_array_add(parts, part ? part : g_strndup(start, (gsize)(end - start)));
}

char **keyfile_split(const char *raw)
{
    GPtrArray *parts = g_ptr_array_new();
    const char *start = raw;

    for (; *raw; raw++) {
        if (*raw == '\\' && raw[1]) {
            raw++;
        } else if (*raw == ';') {
            add_part(parts, start, raw);
            start = raw + 1;
        }
    }
    add_part(parts, start, raw);
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_free(parts, FALSE);
}

/* Cuts a comment (white space, then ; or #) and the white space at both ends. BEGINS: TEXT follows white
 * space. */
static char *strip(char *text, gboolean begins)
{
    gboolean blank = begins;

    for (char *at = text; *at; at++) {
        if (blank && (*at == ';' || *at == '#')) {
            *at = '\0';
            break;
        }
        blank = is_blank(*at);
    }
    while (is_blank(*text))
        text++;
    for (gsize length = strlen(text); length > 0 && is_blank(text[length - 1]); length--)
        text[length - 1] = '\0';
    return text;
}

/* The byte order mark that Windows editors leave at the beginning. */
static char *skip_bom(char *text)
{
    return g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;
}

static KeyfileGroup *group_new(Keyfile *file, const char *content, guint line)
{
    KeyfileGroup *group = g_new0(KeyfileGroup, 1);
    gsize kind = strcspn(content, " \t");

    group->file = file;
    group->kind = g_strndup(content, kind);
    group->name = g_strstrip(g_strdup(content + kind));
    group->head = group->name[0] ? g_strdup_printf("%s %s", group->kind, group->name) : g_strdup(group->kind);
    group->line = line;
    group->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    group->known = g_ptr_array_new_with_free_func(g_free);
    return group;
}

static void open_group(Parser *parser, KeyfileGroup *group)
{
    const KeyfileGroup *first = g_hash_table_lookup(parser->heads, group->head);

    if (first) {
        keyfile_fault(parser->file->faults, parser->file->path, group->head, "",
                      "the group is given twice, in line %u and in line %u; give it once", first->line,
                      group->line);
        group_free(group);
        return;
    }
    g_hash_table_insert(parser->heads, group->head, group);
    g_ptr_array_add(parser->file->groups, group);
    parser->group = group;
    parser->lost = FALSE;
}

static void parse_group(Parser *parser, char *line)
{
    char *end = strpbrk(line + 1, "[]");
    char *content;

    parser->group = NULL;
    parser->lost = TRUE;
    if (!end || *end != ']') {
        line_fault(parser, "", "the group's name must end in ] and hold no [");
        return;
    }
    *end = '\0';
    if (*strip(end + 1, is_blank(end[1]))) {
        line_fault(parser, "", "nothing but a comment may stand behind the group's ]");
        return;
    }
    content = g_strstrip(line + 1);
    if (!*content) {
        line_fault(parser, "", "the group has no name");
        return;
    }
    if (parser->file->groups->len >= KEYFILE_MOST_GROUPS) {
        line_fault(parser, "", "the file has more than 20000 groups; spread them over several files");
        return;
    }
    open_group(parser, group_new(parser->file, content, parser->line));
}

static void add_entry(Parser *parser, const char *key, const char *raw)
{
    const KeyfileEntry *first = keyfile_find(parser->group, key);
    KeyfileEntry *entry;
    char *value;

    if (first) {
        keyfile_fault(parser->file->faults, parser->file->path, parser->group->head, key,
                      "given twice, in line %u and in line %u; give it once", first->line, parser->line);
        return;
    }
    if (parser->group->entries->len >= 1000) {
        line_fault(parser, key, "the group has more than 1000 keys");
        return;
    }
    value = unescape(raw, strlen(raw));
    if (!value) {
        line_fault(parser, key, "a backslash must be followed by one of s n r t ; \\");
        value = g_strdup("");
    }
    entry = g_new0(KeyfileEntry, 1);
    entry->key = g_strdup(key);
    entry->raw = g_strdup(raw);
    entry->value = value;
    entry->line = parser->line;
    g_ptr_array_add(parser->group->entries, entry);
}

static void parse_entry(Parser *parser, char *line)
{
    char *equals = strchr(line, '=');
    char *key;

    if (!equals || equals == line) {
        line_fault(parser, "", "neither a [group], nor KEY=VALUE, nor a comment");
        return;
    }
    *equals = '\0';
    key = g_strchomp(line);
    if (parser->group)
        add_entry(parser, key, strip(equals + 1, is_blank(equals[1])));
    else if (!parser->lost)
        line_fault(parser, key, "the key stands before the first [group]");
}

static gboolean has_control(const char *line)
{
    for (; *line; line++) {
        if ((g_ascii_iscntrl(*line) && *line != '\t') || *line == 0x7f)
            return TRUE;
    }
    return FALSE;
}

static void parse_line(Parser *parser, char *line)
{
    gsize length = strlen(line);

    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    if (length > KEYFILE_LONGEST_LINE) {
        line_fault(parser, "", "the line is longer than 4096 bytes");
        return;
    }
    if (has_control(line)) {
        line_fault(parser, "", "the line holds a control character");
        return;
    }
    while (is_blank(*line))
        line++;
    if (*line == '\0' || *line == ';' || *line == '#')
        return;
    if (*line == '[')
        parse_group(parser, line);
    else
        parse_entry(parser, line);
}

/* The value where LINE is KEY=VALUE and there is one; the caller owns it. */
static char *rescue_value(char *line, const char *key)
{
    char *equals = strchr(line, '=');
    char *raw;

    if (!equals)
        return NULL;
    *equals = '\0';
    if (!g_str_equal(g_strstrip(line), key))
        return NULL;
    raw = strip(equals + 1, is_blank(equals[1]));
    return raw[0] ? unescape(raw, strlen(raw)) : NULL;
}

char *keyfile_rescue(const char *text, gsize size, const char *group, const char *key)
{
    g_autofree char *copy = g_malloc(size + 1);
    g_autofree char *elsewhere = NULL;
    gboolean inside = FALSE;

    for (gsize i = 0; i < size; i++) /* what cannot stand in text must not end it either */
        copy[i] = text[i] == '\0' || text[i] == '\r' ? ' ' : text[i];
    copy[size] = '\0';
    for (char *line = skip_bom(copy), *next; line; line = next) {
        g_autofree char *value = NULL;

        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        while (is_blank(*line))
            line++;
        if (*line == '[') {
            line[strcspn(line, "]")] = '\0';
            inside = g_str_equal(g_strstrip(line + 1), group);
            continue;
        }
        value = rescue_value(line, key);
        if (value && inside)
            return g_steal_pointer(&value);
        if (value && !elsewhere)
            elsewhere = g_steal_pointer(&value);
    }
    return g_steal_pointer(&elsewhere);
}

static guint line_of(const char *text, const char *at)
{
    guint line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* Whether the bytes are text at all; says where they are not. */
static gboolean check_text(Keyfile *file, const char *text, gsize size)
{
    const char *end;

    if (size > KEYFILE_LONGEST_FILE) {
        keyfile_fault(file->faults, file->path, "", "", "the file is larger than 1 MiB");
        return FALSE;
    }
    if (g_utf8_validate_len(text, size, &end))
        return TRUE;
    keyfile_fault(file->faults, file->path, "", "", "line %u: %s; the file must be UTF-8 text",
                  line_of(text, end), *end ? "this is not UTF-8" : "this is a NUL byte");
    return FALSE;
}

Keyfile *keyfile_parse(const char *path, const char *text, gsize size, GPtrArray *faults)
{
    Keyfile *file = g_new0(Keyfile, 1);
    Parser parser = { .file = file };

    file->path = g_strdup(path);
    file->groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    file->faults = faults;
    if (!check_text(file, text, size))
        return file;
    g_autofree char *copy = g_strndup(text, size);

    parser.heads = g_hash_table_new(g_str_hash, g_str_equal);
    for (char *line = skip_bom(copy), *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        parser.line++;
        parse_line(&parser, line);
    }
    g_hash_table_unref(parser.heads);
    return file;
}

/* How a set names a file, a group of it, or a key of that. */
static char *dup_omission(const char *path, const char *group, const char *key)
{
    return g_strdup_printf("%s%s%s%s%s", path, group[0] ? "\n" : "", group, key[0] ? "\n" : "", key);
}

/* Whether a default in the place of its key would be another price, another register or another factor. */
static gboolean is_essential(const ConfigFault *fault)
{
    return (g_str_has_suffix(fault->file, ".profile") || g_str_has_suffix(fault->file, ".tariff")) &&
           !g_str_has_prefix(fault->text, KEYFILE_UNKNOWN) && !g_str_equal(fault->group, "profile");
}

gboolean keyfile_omit_fault(GHashTable *omit, const ConfigFault *fault)
{
    gboolean essential = is_essential(fault);

    if (fault->key[0] && !essential &&
        g_hash_table_add(omit, dup_omission(fault->file, fault->group, fault->key)))
        return TRUE;
    if (fault->group[0] && !(essential && g_str_has_suffix(fault->file, ".tariff")) &&
        g_hash_table_add(omit, dup_omission(fault->file, fault->group, "")))
        return TRUE;
    return g_hash_table_add(omit, g_strdup(fault->file));
}

static gboolean is_omitted(GHashTable *omit, const char *path, const char *group, const char *key)
{
    g_autofree char *omission = dup_omission(path, group, key);

    return g_hash_table_contains(omit, omission);
}

static void omit_keys(KeyfileGroup *group, GHashTable *omit)
{
    for (guint i = group->entries->len; i-- > 0;) {
        if (is_omitted(omit, group->file->path, group->head, ((KeyfileEntry *)group->entries->pdata[i])->key))
            g_ptr_array_remove_index(group->entries, i);
    }
}

void keyfile_omit(Keyfile *file, GHashTable *omit, guint first)
{
    for (guint i = file->groups->len; i-- > 0;) {
        KeyfileGroup *group = file->groups->pdata[i];

        if (is_omitted(omit, file->path, group->head, ""))
            g_ptr_array_remove_index(file->groups, i);
        else
            omit_keys(group, omit);
    }
    for (guint i = file->faults->len; i-- > first;) {
        const ConfigFault *fault = file->faults->pdata[i];

        if (is_omitted(omit, fault->file, fault->group, "") ||
            is_omitted(omit, fault->file, fault->group, fault->key))
            g_ptr_array_remove_index(file->faults, i);
    }
}
