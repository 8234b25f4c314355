/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/pin.h"

#include "edge/base/clock.h"
#include "edge/bus/lockout.h"

#include <string.h>

typedef struct {
    Pin *pin;
    char *hash;
    guint uid, answers, right, wrong, locked, busy, unhashed;
} Fixture;

static void on_hashed(const char *hash, gpointer user_data)
{
    Fixture *fixture = user_data;

    g_free(fixture->hash);
    fixture->hash = g_strdup(hash);
    fixture->unhashed += hash == NULL;
    fixture->answers++;
}

static void on_verified(PinVerdict verdict, gpointer user_data)
{
    Fixture *fixture = user_data;

    fixture->right += verdict == PIN_RIGHT;
    fixture->wrong += verdict == PIN_WRONG;
    fixture->locked += verdict == PIN_LOCKED;
    fixture->busy += verdict == PIN_BUSY;
    fixture->answers++;
}

static void await(Fixture *fixture, guint answers)
{
    while (fixture->answers < answers)
        g_main_context_iteration(NULL, TRUE);
    fixture->answers = 0;
}

static void verify(Fixture *fixture, const char *name, const char *text, const char *hash)
{
    pin_verify(fixture->pin, fixture->uid, name, text, hash, on_verified, fixture);
}

static void set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->pin = pin_new();
    pin_hash(fixture->pin, "2468-1357", on_hashed, fixture);
    g_assert_cmpuint(fixture->answers, ==, 0); /* never from within the call */
    await(fixture, 1);
    g_assert_nonnull(fixture->hash);
}

static void tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    pin_free(fixture->pin);
    g_free(fixture->hash);
}

static void test_hash(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *first = g_strdup(fixture->hash);

    g_assert_true(g_str_has_prefix(first, "$argon2id$"));
    pin_hash(fixture->pin, "2468-1357", on_hashed, fixture);
    await(fixture, 1);
    g_assert_cmpstr(first, !=, fixture->hash); /* salted */
}

static void test_hash_refuses(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    char longest[PIN_LONGEST + 2];

    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    pin_hash(fixture->pin, "123", on_hashed, fixture);
    pin_hash(fixture->pin, longest, on_hashed, fixture);
    g_assert_cmpuint(fixture->answers, ==, 0);
    await(fixture, 2);
    g_assert_cmpuint(fixture->unhashed, ==, 2);
}

static void test_verify(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    verify(fixture, "wang", "2468-1357", fixture->hash);
    verify(fixture, "wang", "2468-1358", fixture->hash);
    verify(fixture, "wang", "", fixture->hash);
    verify(fixture, "nobody", "2468-1357", NULL);
    verify(fixture, "wang", "2468-1357", "not a hash");
    g_assert_cmpuint(fixture->answers, ==, 0);
    await(fixture, 5);
    g_assert_cmpuint(fixture->right, ==, 1);
    g_assert_cmpuint(fixture->wrong, ==, 4);
    g_assert_cmpint(pin_get_locked_until_us(fixture->pin, "wang"), ==, 0);
}

/* Asked side by side, so that all are queued before the first answer: still only five guesses are answered.
 */
static void test_lock(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < LOCKOUT_TRIES + 2; i++)
        verify(fixture, "wang", "0000", fixture->hash);
    verify(fixture, "wang", "2468-1357", fixture->hash);
    await(fixture, LOCKOUT_TRIES + 3);
    g_assert_cmpuint(fixture->wrong, ==, LOCKOUT_TRIES);
    g_assert_cmpuint(fixture->locked, ==, 3);
    g_assert_cmpuint(fixture->right, ==, 0);
    g_assert_cmpint(pin_get_locked_until_us(fixture->pin, "wang"), >, clock_boot_us());
    verify(fixture, "wang", "2468-1357", fixture->hash);
    verify(fixture, "li", "2468-1357", fixture->hash);
    await(fixture, 2);
    g_assert_cmpuint(fixture->locked, ==, 4);
    g_assert_cmpuint(fixture->right, ==, 1);
}

/* Whoever guesses locks nobody out but himself. */
static void test_lock_is_the_users(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < LOCKOUT_TRIES; i++)
        verify(fixture, "wang", "0000", fixture->hash);
    await(fixture, LOCKOUT_TRIES);
    fixture->uid = 1001;
    verify(fixture, "wang", "2468-1357", fixture->hash);
    await(fixture, 1);
    g_assert_cmpuint(fixture->right, ==, 1);
    fixture->uid = 0;
    verify(fixture, "wang", "2468-1357", fixture->hash);
    await(fixture, 1);
    g_assert_cmpuint(fixture->locked, ==, 1);
}

static void test_queue_is_bounded(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("person-%u", i);

        verify(fixture, name, "2468-1357", fixture->hash);
    }
    await(fixture, 100);
    g_assert_cmpuint(fixture->right, ==, 16);
    g_assert_cmpuint(fixture->busy, ==, 84);
}

static void test_free_in_work(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (guint i = 0; i < 10; i++)
        verify(fixture, "wang", "2468-1357", fixture->hash);
    pin_hash(fixture->pin, "2468-1357", on_hashed, fixture);
    pin_free(g_steal_pointer(&fixture->pin));
    fixture->pin = pin_new();
    g_assert_cmpuint(fixture->answers, ==, 11); /* whoever waits hears of the end */
    g_assert_cmpuint(fixture->busy, ==, 10);
    g_assert_cmpuint(fixture->unhashed, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/pin/hash", Fixture, NULL, set_up, test_hash, tear_down);
    g_test_add("/pin/hash-refuses", Fixture, NULL, set_up, test_hash_refuses, tear_down);
    g_test_add("/pin/verify", Fixture, NULL, set_up, test_verify, tear_down);
    g_test_add("/pin/lock", Fixture, NULL, set_up, test_lock, tear_down);
    g_test_add("/pin/lock-is-the-users", Fixture, NULL, set_up, test_lock_is_the_users, tear_down);
    g_test_add("/pin/queue-is-bounded", Fixture, NULL, set_up, test_queue_is_bounded, tear_down);
    g_test_add("/pin/free-in-work", Fixture, NULL, set_up, test_free_in_work, tear_down);
    return g_test_run();
}
