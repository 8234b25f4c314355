/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/bus/pin.h"

#include "edge/base/clock.h"
#include "edge/base/mailbox.h"
#include "edge/bus/lockout.h"

#include <sodium.h>
#include <string.h>

#define WAITING_LIMIT 16    /* some 2 s of work */
#define KNOWN_LIMIT 1024    /* people of the station, per user who has given a wrong PIN for them */
#define STRANGERS_LIMIT 256 /* invented names; apart, so that they cannot push out the people */
#define ANSWERS_LIMIT                                                                                        \
    1048576 /* answers do not pile up: each belongs to one of the service's bounded calls                    \
             */

typedef struct {
    char *key; /* "NAME/UID": who is locked out; NULL: to be hashed */
    char *text;
    char *hash; /* the one to verify against, NULL for a stranger; or the answer of hashing */
    gboolean known;
    gboolean answered; /* verdict stands without work */
    PinVerdict verdict;
    PinHashed hashed;
    PinVerified verified;
    gpointer user_data;
} Job;

struct Pin {
    GThread *thread;
    GAsyncQueue *jobs; /* Job; `end` ends the thread */
    Job end;
    guint waiting;   /* main thread's count of what the thread has not answered yet */
    gint ending;     /* atomic */
    gboolean usable; /* libsodium is; without it nobody can prove who he is */
    Mailbox *answers;
    Lockout *known, *strangers;
};

static void wipe(char *text)
{
    if (text)
        sodium_memzero(text, strlen(text));
    g_free(text);
}

static void job_free(gpointer data)
{
    Job *job = data;

    wipe(job->text);
    wipe(job->hash);
    g_free(job->key);
    g_free(job);
}

static char *hash_text(const char *text)
{
    char hash[crypto_pwhash_STRBYTES];

    if (crypto_pwhash_str(hash, text, strlen(text), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return NULL; /* no memory */
    return g_strdup(hash);
}

static void work(Job *job, const char *nobody)
{
    if (!job->key) {
        job->hash = hash_text(job->text);
    } else {
        const char *hash = job->known ? job->hash : nobody;
        gboolean right = hash && crypto_pwhash_str_verify(hash, job->text, strlen(job->text)) == 0;

        job->verdict = right && job->known ? PIN_RIGHT : PIN_WRONG;
    }
    wipe(g_steal_pointer(&job->text));
}

static gpointer run(gpointer data)
{
    Pin *pin = data;
    /* What a stranger's PIN is measured against, so that a name that does not exist takes as long. */
    char *nobody = NULL;

    for (;;) {
        Job *job = g_async_queue_pop(pin->jobs);

        if (job == &pin->end)
            break;
        if (!g_atomic_int_get(&pin->ending)) {
            if (job->key && !job->known && !nobody)
                nobody = hash_text("nobody");
            work(job, nobody);
        }
        mailbox_post(pin->answers, job);
    }
    wipe(nobody);
    return NULL;
}

static Lockout *lockout_of(Pin *pin, const Job *job)
{
    return job->known ? pin->known : pin->strangers;
}

static PinVerdict judge(Pin *pin, const Job *job)
{
    Lockout *lockout = lockout_of(pin, job);
    gint64 now_us = clock_boot_us();

    if (g_atomic_int_get(&pin->ending))
        return PIN_BUSY;
    if (job->answered)
        return job->verdict;
    if (lockout_get_until_us(lockout, job->key, now_us) > 0)
        return PIN_LOCKED;
    if (job->verdict == PIN_RIGHT)
        lockout_note_right(lockout, job->key);
    else
        lockout_note_wrong(lockout, job->key, now_us);
    return job->verdict;
}

static void answer(gpointer item, gpointer user_data)
{
    Pin *pin = user_data;
    Job *job = item;

    if (!job->answered)
        pin->waiting--;
    if (job->key)
        job->verified(judge(pin, job), job->user_data);
    else
        job->hashed(g_atomic_int_get(&pin->ending) ? NULL : job->hash, job->user_data);
    job_free(job);
}

Pin *pin_new(void)
{
    Pin *pin = g_new0(Pin, 1);

    pin->usable = sodium_init() >= 0;
    pin->jobs = g_async_queue_new();
    pin->answers = mailbox_new(NULL, G_PRIORITY_DEFAULT, ANSWERS_LIMIT, answer, job_free, pin);
    pin->known = lockout_new(KNOWN_LIMIT);
    pin->strangers = lockout_new(STRANGERS_LIMIT);
    pin->thread = g_thread_new("pin", run, pin);
    return pin;
}

void pin_free(Pin *pin)
{
    g_atomic_int_set(&pin->ending, 1);
    g_async_queue_push(pin->jobs, &pin->end);
    g_thread_join(pin->thread);
    mailbox_flush(pin->answers);
    g_async_queue_unref(pin->jobs);
    mailbox_free(pin->answers);
    lockout_free(pin->known);
    lockout_free(pin->strangers);
    g_free(pin);
}

static void hand_over(Pin *pin, Job *job)
{
    if (job->answered) {
        mailbox_post(pin->answers, job);
    } else {
        pin->waiting++;
        g_async_queue_push(pin->jobs, job);
    }
}

void pin_hash(Pin *pin, const char *text, PinHashed done, gpointer user_data)
{
    Job *job = g_new0(Job, 1);
    gsize length = strlen(text);

    job->text = g_strdup(text);
    job->hashed = done;
    job->user_data = user_data;
    job->answered =
        length < PIN_SHORTEST || length > PIN_LONGEST || !pin->usable || pin->waiting >= WAITING_LIMIT;
    hand_over(pin, job);
}

void pin_verify(Pin *pin, guint uid, const char *name, const char *text, const char *hash, PinVerified done,
                gpointer user_data)
{
    Job *job = g_new0(Job, 1);

    job->key = g_strdup_printf("%s/%u", name, uid);
    job->text = g_strndup(text, PIN_LONGEST + 1); /* one too long stays wrong */
    job->hash = g_strdup(hash);
    job->known = hash != NULL;
    job->verified = done;
    job->user_data = user_data;
    if (lockout_get_until_us(lockout_of(pin, job), job->key, clock_boot_us()) > 0) {
        job->answered = TRUE;
        job->verdict = PIN_LOCKED;
    } else if (!pin->usable || pin->waiting >= WAITING_LIMIT) {
        job->answered = TRUE;
        job->verdict = PIN_BUSY;
    }
    hand_over(pin, job);
}

gint64 pin_get_locked_until_us(Pin *pin, const char *name)
{
    g_autofree char *prefix = g_strdup_printf("%s/", name);

    return lockout_get_longest_us(pin->known, prefix, clock_boot_us());
}
