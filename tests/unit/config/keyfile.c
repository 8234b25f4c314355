/* SPDX-License-Identifier: Apache-2.0 */
/* The reader itself: its three additions, and that it reads all else as GLib does. */
#include "edge/config/keyfile.h"
#include "tests/unit/config/fixture.h"

#include <string.h>

typedef struct {
    GPtrArray *faults;
    Keyfile *file;
} Parsed;

static Parsed parse(const char *text)
{
    GPtrArray *faults = g_ptr_array_new_with_free_func((GDestroyNotify)config_fault_free);

    return (Parsed){ faults, keyfile_parse("a.conf", text, strlen(text), faults) };
}

static void parsed_clear(Parsed *parsed)
{
    keyfile_free(parsed->file);
    g_ptr_array_unref(parsed->faults);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parsed, parsed_clear)

static void test_values(void)
{
    static const struct {
        const char *line, *raw, *value;
    } cases[] = {
        { "k=v", "v", "v" },
        { "  k =  v  ", "v", "v" },
        { "k=v ; comment", "v", "v" },
        { "k=v\t# comment", "v", "v" },
        { "k=v;w#x", "v;w#x", "v;w#x" },
        { "k= ; all comment", "", "" },
        { "k=;first", ";first", ";first" },
        { "k=#first", "#first", "#first" },
        { "k=", "", "" },
        { "k=a=b", "a=b", "a=b" },
        { "k=a\\sb\\n\\t\\\\c\\;", "a\\sb\\n\\t\\\\c\\;", "a b\n\t\\c;" },
        { "k=中 文 ; 注释", "中 文", "中 文" },
        { "k=v\r", "v", "v" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf("[g]\n%s\n", cases[i].line);
        g_auto(Parsed) parsed = parse(text);
        const KeyfileEntry *entry;

        g_assert_cmpuint(parsed.faults->len, ==, 0);
        entry = keyfile_find(parsed.file->groups->pdata[0], "k");
        g_assert_nonnull(entry);
        g_assert_cmpstr(entry->raw, ==, cases[i].raw);
        g_assert_cmpstr(entry->value, ==, cases[i].value);
        g_assert_cmpuint(entry->line, ==, 2);
    }
}

static void test_groups(void)
{
    g_auto(Parsed) parsed = parse("; c\n# c\n  ; c\n\n[device  dc-01 ]  ; c\nname[zh_CN]=x\n[plain]\n");
    const KeyfileGroup *device = parsed.file->groups->pdata[0];
    const KeyfileGroup *plain = parsed.file->groups->pdata[1];

    g_assert_cmpuint(parsed.faults->len, ==, 0);
    g_assert_cmpstr(device->head, ==, "device dc-01");
    g_assert_cmpstr(device->kind, ==, "device");
    g_assert_cmpstr(device->name, ==, "dc-01");
    g_assert_cmpuint(device->line, ==, 5);
    g_assert_nonnull(keyfile_find(device, "name[zh_CN]"));
    g_assert_cmpstr(plain->name, ==, "");
}

static void test_split(void)
{
    static const struct {
        const char *raw, *joined;
    } cases[] = {
        { "a;b", "a|b" }, { "a; b ;c", "a|b|c" }, { ";a;;b;", "a|b" }, { "a\\;b;c", "a;b|c" }, { "", "" },
        { ";", "" },      { "a\\sb;c", "a b|c" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) parts = keyfile_split(cases[i].raw);
        g_autofree char *joined = g_strjoinv("|", parts);

        g_assert_cmpstr(joined, ==, cases[i].joined);
    }
}

static void test_faults(void)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "[a]\nk=1\nk=2\n", "a.conf: [a] k: given twice, in line 2 and in line 3; give it once" },
        { "[a]\n[b]\n[a]\nk=1\n",
          "a.conf: [a]: the group is given twice, in line 1 and in line 3; give it once" },
        { "k=1\n", "a.conf: k: line 1: the key stands before the first [group]" },
        { "[a]\n=1\n", "a.conf: [a]: line 2: neither a [group], nor KEY=VALUE, nor a comment" },
        { "[a\n", "a.conf: line 1: the group's name must end in ] and hold no [" },
        { "[a[b]]\n", "a.conf: line 1: the group's name must end in ] and hold no [" },
        { "[a] b\n", "a.conf: line 1: nothing but a comment may stand behind the group's ]" },
        { "[ ]\n", "a.conf: line 1: the group has no name" },
        { "[a]\nk=\\x\n", "a.conf: [a] k: line 2: a backslash must be followed by one of s n r t ; \\" },
        { "[a]\nk=\\\n", "a.conf: [a] k: line 2: a backslash must be followed by one of s n r t ; \\" },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Parsed) parsed = parse(cases[i].text);
        g_autofree char *text = NULL;

        g_assert_cmpuint(parsed.faults->len, ==, 1);
        text = config_fault_format(parsed.faults->pdata[0]);
        g_assert_cmpstr(text, ==, cases[i].fault);
    }
}

static void test_bound(void)
{
    g_autoptr(GString) text = g_string_new("[a]\n");

    for (guint i = 0; i < 5000; i++)
        g_string_append(text, "nonsense\n");
    g_auto(Parsed) parsed = parse(text->str);

    g_assert_cmpuint(parsed.faults->len, ==, KEYFILE_MOST_FAULTS);
}

/* What GLib makes of TEXT without our comments must be what we made of it with them. */
static void compare(const Keyfile *file)
{
    g_autoptr(GKeyFile) peer = g_key_file_new();
    g_autoptr(GString) plain = g_string_new(NULL);
    guint n = 0;

    for (guint i = 0; i < file->groups->len; i++) {
        const KeyfileGroup *group = file->groups->pdata[i];

        g_string_append_printf(plain, "[%s]\n", group->head);
        for (guint j = 0; j < group->entries->len; j++) {
            const KeyfileEntry *entry = group->entries->pdata[j];

            g_string_append_printf(plain, "%s=%s\n", entry->key, entry->raw);
        }
    }
    g_assert_true(
        g_key_file_load_from_data(peer, plain->str, plain->len, G_KEY_FILE_KEEP_TRANSLATIONS, NULL));
    for (guint i = 0; i < file->groups->len; i++) {
        const KeyfileGroup *group = file->groups->pdata[i];

        for (guint j = 0; j < group->entries->len; j++, n++) {
            const KeyfileEntry *entry = group->entries->pdata[j];
            g_autofree char *value = g_key_file_get_string(peer, group->head, entry->key, NULL);

            g_assert_cmpstr(value, ==, entry->value);
        }
    }
    g_assert_cmpuint(n, >, 0);
}

static void test_as_glib(void)
{
    for (guint i = 0; fixture_files[i]; i++) {
        g_autofree char *text = fixture_text(fixture_files[i]);
        g_auto(Parsed) parsed = parse(text);

        g_assert_cmpuint(parsed.faults->len, ==, 0);
        compare(parsed.file);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keyfile/values", test_values);
    g_test_add_func("/keyfile/groups", test_groups);
    g_test_add_func("/keyfile/split", test_split);
    g_test_add_func("/keyfile/faults", test_faults);
    g_test_add_func("/keyfile/bound", test_bound);
    g_test_add_func("/keyfile/as-glib", test_as_glib);
    return g_test_run();
}
