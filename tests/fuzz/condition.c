/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a rule file: a condition is parsed or refused with a column, and never more than that.
 */
#include "edge/condition/condition.h"

#include "tests/fuzz/mutation.h"
#include "tests/lib/small-station.h"

#include <string.h>

#define LONGEST 1200

static const char *const corpus[] = {
    "smoke-01/smoke == 1",
    "dc-01/1/status == charging and dc-01/1/t1 >= 60",
    "rate(smoke-01/temperature, 60s) > 5 or smoke-01/temperature >= 70",
    "(spread(dc-01/1/t1, dc-01/1/t2) > 15 or age(smoke-01/smoke) > 5m) and io-01/breaker-1 != open",
    "((((((((((((((((dc-01/1/power < -1.5e3))))))))))))))))",
    "rate(a,1s)<1 and rate(b,1ms)<1 or rate(c,24h)!=0",
    "age(x) >= 300 or age(y) == 500ms or age(z) < 1h",
    "温度 > 60 或 烟雾 == 是",
};

static const char *const pieces[] = {
    "and", " or ", "(",        ")",     "==", "!=", "<=",  "rate(", "spread(", "age(",
    ",",   "60s",  "1e9",      "1e999", "-",  "+.", "nan", "0x",    "true",    "/",
    "//",  "\xff", "\xe6\xb8", "\t",    "\n", "=",  "a>1", "\"x",   "1.7e308", "9999h"
};

static void insert_condition(GString *text, gssize at)
{
    g_string_insert(text, at, corpus[g_test_rand_int_range(0, G_N_ELEMENTS(corpus))]);
}

static const Mutation mutation = { pieces, G_N_ELEMENTS(pieces), 1, insert_condition };

static GString *invent(void)
{
    GString *text = g_string_new("");

    if (!g_test_rand_int_range(0, 4)) {
        for (int i = g_test_rand_int_range(0, 60); i > 0; i--)
            g_string_append_c(text, (char)g_test_rand_int_range(1, 256));
        return text;
    }
    g_string_assign(text, corpus[g_test_rand_int_range(0, G_N_ELEMENTS(corpus))]);
    for (int i = g_test_rand_int_range(0, 6); i > 0; i--)
        mutation_apply(&mutation, text);
    if (text->len > LONGEST)
        g_string_truncate(text, LONGEST);
    return text;
}

static guint resolve(const char *name, gpointer user_data)
{
    return model_find_point(user_data, name);
}

static void use(const Condition *condition, Model *model)
{
    g_autoptr(ConditionBinding) binding = condition_bind(condition, resolve, model);
    gint64 now_us = 1000 * SMALL_STATION_SECOND;

    for (guint i = 0; i < model->n_points; i++)
        condition_binding_observe(binding, model, i);
    for (int i = 0; i < 4; i++) {
        g_assert_cmpint(condition_binding_evaluate(binding, model, now_us), <=, TRUTH_UNKNOWN);
        g_assert_cmpint(condition_binding_evaluate_strictly(binding, model, now_us), <=, TRUTH_UNKNOWN);
        g_assert_cmpint(condition_binding_evaluate_clear(binding, model, now_us), <=, TRUTH_UNKNOWN);
        condition_binding_is_absent(binding, model);
        gint64 next_us = condition_binding_next_us(binding, model, now_us);

        g_assert_cmpint(next_us, >, now_us);
        now_us = MIN(next_us, now_us + 3600 * SMALL_STATION_SECOND);
    }
}

static void test_condition(void)
{
    static const char *const paths[] = { "smoke-01/smoke", "smoke-01/temperature", "dc-01/1/status",
                                         "dc-01/1/t1", "io-01/breaker-1" };
    g_autoptr(Model) model = small_station_new_model();
    guint n = small_station_is_full() ? 1000000 : 20000, accepted = 0;

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
        small_station_read(model, paths[i], (PointQuality)i, 65, "", 900 * SMALL_STATION_SECOND);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GString) text = invent();
        g_autoptr(GError) error = NULL;
        g_autoptr(Condition) condition = condition_parse(text->str, &error);

        if (condition) {
            accepted++;
            use(condition, model);
            continue;
        }
        g_assert_true(g_str_has_prefix(error->message, "column "));
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        g_assert_cmpuint(strlen(error->message), <, 200);
    }
    g_test_message("%u of %u accepted", accepted, n);
    g_assert_cmpuint(accepted, >, n / 20);
    g_assert_cmpuint(accepted, <, n - n / 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuzz/condition", test_condition);
    return g_test_run();
}
