/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/config/config-parts.h"

#include "edge/base/name.h"
#include "edge/safety/guard.h"
#include "edge/safety/rule.h"

#include <string.h>

static void read_actions(KeyfileGroup *group, SiteRule *rule)
{
    g_auto(GStrv) parts = NULL;

    if (!keyfile_read_list(group, "do", 32, &parts))
        return;
    for (guint i = 0; parts[i]; i++) {
        int place = name_find(site_do_names, g_strv_length((char **)site_do_names), parts[i]);
        g_autofree char *all = keyfile_read_join(site_do_names);

        if (place >= 0)
            rule->actions |= 1u << place;
        else
            keyfile_read_fault(group, "do", "\"%.60s\" is no action; allowed are %s", parts[i], all);
    }
}

/* Reports what rule_new() says ("when: column 7: …") at the key that it names. */
static void report(KeyfileGroup *group, const char *message)
{
    const char *colon = strstr(message, ": ");
    g_autofree char *key = colon ? g_strndup(message, (gsize)(colon - message)) : g_strdup("");

    keyfile_read_fault(group, key, "%s", colon ? colon + 2 : message);
}

/* All texts of RULE at once: rule_new() alone would stop at the first that is wrong. */
static void check_texts(KeyfileGroup *group, const SiteRule *rule)
{
    const struct {
        const char *key, *text;
    } conditions[] = { { "while", rule->while_ }, { "when", rule->when }, { "clear", rule->clear } };
    SiteRule plain = *rule;
    g_autoptr(GError) error = NULL;
    g_autoptr(Rule) parsed = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(conditions); i++) {
        g_autoptr(GError) cause = NULL;
        g_autoptr(Condition) condition = NULL;

        if (!conditions[i].text[0])
            continue;
        condition = condition_parse(conditions[i].text, &cause);
        if (!condition)
            keyfile_read_fault(group, conditions[i].key, "%s", cause->message);
    }
    if (!rule->applies_to[0])
        return;
    plain.while_ = plain.clear = (char *)"";
    plain.when = (char *)"online == 0";
    parsed = rule_new(&plain, &error);
    if (!parsed)
        report(group, error->message);
}

static SiteRule *rule_new_empty(const KeyfileGroup *group)
{
    SiteRule *rule = g_new0(SiteRule, 1);

    rule->name = g_strdup(group->name);
    rule->place = config_place(group);
    rule->applies_to = g_strdup("");
    rule->while_ = g_strdup("");
    rule->when = g_strdup("");
    rule->clear = g_strdup("");
    rule->title = g_strdup(group->name);
    rule->advice = g_strdup("");
    rule->severity = SITE_SEVERITY_LOW;
    return rule;
}

static void read_words(KeyfileGroup *group, SiteRule *rule)
{
    keyfile_read_text(group, "title", 200, &rule->title);
    if (!keyfile_read_text(group, "title[zh_CN]", 200, &rule->title_zh))
        rule->title_zh = g_strdup(rule->title);
    keyfile_read_text(group, "advice", 1000, &rule->advice);
    if (!keyfile_read_text(group, "advice[zh_CN]", 1000, &rule->advice_zh))
        rule->advice_zh = g_strdup(rule->advice);
}

static SiteRule *read_rule(KeyfileGroup *group)
{
    static const char *const unknowns[] = { "alarm", "act", "ignore", NULL };
    static const char *const severities[] = { "critical", "high", "medium", "low", NULL };
    SiteRule *rule = rule_new_empty(group);
    guint place;

    if (keyfile_read_required(group, "applies-to"))
        keyfile_read_text(group, "applies-to", 200, &rule->applies_to);
    keyfile_read_text(group, "while", 1024, &rule->while_);
    if (keyfile_read_required(group, "when"))
        keyfile_read_text(group, "when", 1024, &rule->when);
    keyfile_read_text(group, "clear", 1024, &rule->clear);
    keyfile_read_duration(group, "for", &rule->for_us);
    keyfile_read_duration(group, "clear-for", &rule->clear_for_us);
    if (keyfile_read_word(group, "on-unknown", unknowns, &place))
        rule->on_unknown = (SiteOnUnknown)place;
    if (keyfile_read_required(group, "severity") && keyfile_read_word(group, "severity", severities, &place))
        rule->severity = (SiteSeverity)place;
    keyfile_read_bool(group, "latch", &rule->latch);
    read_actions(group, rule);
    read_words(group, rule);
    keyfile_read_end(group);
    check_texts(group, rule);
    return rule;
}

/* Puts RULE in the place of the shipped one of its name, or at the end. */
static void place_rule(ConfigLoad *load, SiteRule *rule)
{
    GPtrArray *rules = load->site->rules;

    for (guint i = 0; i < rules->len; i++) {
        if (g_str_equal(((SiteRule *)rules->pdata[i])->name, rule->name)) {
            g_hash_table_remove(load->groups, rules->pdata[i]);
            site_rule_free(rules->pdata[i]);
            rules->pdata[i] = rule;
            return;
        }
    }
    g_ptr_array_add(rules, rule);
}

static void read_file(ConfigLoad *load, Keyfile *file, const char *namespace)
{
    static const char *const kinds[] = { "rule", NULL };

    for (guint i = 0; i < file->groups->len; i++) {
        KeyfileGroup *group = file->groups->pdata[i];
        SiteRule *rule;

        if (!g_str_equal(group->kind, "rule")) {
            config_refuse_group(group, kinds);
            continue;
        }
        if (load->site->rules->len >= CONFIG_MOST_THINGS) {
            keyfile_read_fault(group, "", "is one too many; at most %u are allowed", CONFIG_MOST_THINGS);
            return;
        }
        config_claim(load, group, namespace);
        if (g_strv_contains(guard_builtin_names, group->name)) /* their alarms could not be told apart */
            keyfile_read_fault(group, "", "is a built-in alarm; choose another name");
        rule = read_rule(group);
        place_rule(load, rule);
        g_hash_table_insert(load->groups, rule, group);
    }
}

static void read_folder(ConfigLoad *load, const char *root, const char *folder, const char *namespace)
{
    g_autoptr(GPtrArray) files = config_list(load, root, folder, ".rules");

    for (guint i = 0; i < files->len; i++) {
        Keyfile *file = config_open(load, root, files->pdata[i]);

        if (file)
            read_file(load, file, namespace);
    }
}

void config_rule_read(ConfigLoad *load)
{
    /* two namespaces: a rule of the site replaces the shipped one of its name, but none of its own */
    if (load->site->policy.shipped_rules)
        read_folder(load, load->assets, "rules", "shipped-rule");
    read_folder(load, load->directory, "rules.d", "rule");
}
