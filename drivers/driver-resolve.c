/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver-resolve.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

/* Shared by the resolver and a look-up under way; the last one frees it. */
typedef struct {
    gatomicrefcount refs;
    char *host;
    GMutex lock;
    GCond ended;
    gboolean running;
    char *address; /* of the last look-up; NULL: none found */
} Lookup;

struct DriverResolver {
    gboolean is_numeric;
    Lookup *lookup;
};

static void unref_lookup(Lookup *lookup)
{
    if (!g_atomic_ref_count_dec(&lookup->refs))
        return;
    g_mutex_clear(&lookup->lock);
    g_cond_clear(&lookup->ended);
    g_free(lookup->host);
    g_free(lookup->address);
    g_free(lookup);
}

static char *look_up(const char *host)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL, *best;
    char address[NI_MAXHOST];
    char *answer = NULL;

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return NULL;
    /* Devices speak IPv4; "localhost" on many machines says ::1 first. */
    for (best = found; best && best->ai_family != AF_INET; best = best->ai_next)
        ;
    if (!best)
        best = found;
    if (getnameinfo(best->ai_addr, best->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
        answer = g_strdup(address);
    freeaddrinfo(found);
    return answer;
}

static gpointer run_lookup(gpointer data)
{
    Lookup *lookup = data;
    char *address = look_up(lookup->host);

    g_mutex_lock(&lookup->lock);
    g_free(lookup->address);
    lookup->address = address;
    lookup->running = FALSE;
    g_cond_signal(&lookup->ended);
    g_mutex_unlock(&lookup->lock);
    unref_lookup(lookup);
    return NULL;
}

DriverResolver *driver_resolve_new(const char *host)
{
    DriverResolver *resolver = g_new0(DriverResolver, 1);

    resolver->is_numeric = g_hostname_is_ip_address(host);
    resolver->lookup = g_new0(Lookup, 1);
    g_atomic_ref_count_init(&resolver->lookup->refs);
    g_mutex_init(&resolver->lookup->lock);
    g_cond_init(&resolver->lookup->ended);
    resolver->lookup->host = g_strdup(host);
    return resolver;
}

/* With the lock held. */
static void begin_lookup(Lookup *lookup)
{
    GThread *thread;

    g_clear_pointer(&lookup->address, g_free);
    g_atomic_ref_count_inc(&lookup->refs);
    lookup->running = TRUE;
    thread = g_thread_try_new("driver-resolve", run_lookup, lookup, NULL);
    if (thread) {
        g_thread_unref(thread);
        return;
    }
    lookup->running = FALSE;
    (void)g_atomic_ref_count_dec(&lookup->refs);
}

char *driver_resolve_dup_address(DriverResolver *resolver, gint64 timeout_us)
{
    Lookup *lookup = resolver->lookup;
    gint64 until = g_get_monotonic_time() + timeout_us;
    gboolean in_time = TRUE;
    char *address;

    if (resolver->is_numeric)
        return g_strdup(lookup->host);
    g_mutex_lock(&lookup->lock);
    /* An answer that came after the last call gave up is taken now. */
    if (!lookup->running && !lookup->address)
        begin_lookup(lookup);
    while (lookup->running && in_time)
        in_time = g_cond_wait_until(&lookup->ended, &lookup->lock, until);
    address = lookup->running ? NULL : g_steal_pointer(&lookup->address);
    g_mutex_unlock(&lookup->lock);
    return address;
}

void driver_resolve_free(DriverResolver *resolver)
{
    unref_lookup(resolver->lookup);
    g_free(resolver);
}
