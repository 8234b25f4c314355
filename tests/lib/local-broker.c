/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/local-broker.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int find_port(void)
{
    g_autoptr(GSocketListener) listener = g_socket_listener_new();

    return g_socket_listener_add_any_inet_port(listener, NULL, NULL);
}

static void end_with_parent(gpointer user_data G_GNUC_UNUSED)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void local_broker_start(LocalBroker *broker)
{
    const char *const argv[] = { "mosquitto", "-c", broker->configuration, NULL };
    g_auto(GStrv) environment = g_get_environ();
    g_autofree char *path = g_strconcat(g_environ_getenv(environment, "PATH"), ":/usr/sbin", NULL);
    g_autoptr(GError) error = NULL;

    environment = g_environ_setenv(g_steal_pointer(&environment), "PATH", path, TRUE);
    environment = g_environ_unsetenv(g_steal_pointer(&environment), "LD_PRELOAD");
    g_spawn_async(NULL, (char **)argv, environment,
                  G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                  end_with_parent, NULL, &broker->pid, &error);
    g_assert_no_error(error);
}

void local_broker_kill(LocalBroker *broker)
{
    kill(broker->pid, SIGKILL);
    waitpid(broker->pid, NULL, 0);
}

void local_broker_freeze(LocalBroker *broker)
{
    kill(broker->pid, SIGSTOP);
    waitpid(broker->pid, NULL, WUNTRACED);
}

void local_broker_thaw(LocalBroker *broker)
{
    kill(broker->pid, SIGCONT);
}

LocalBroker *local_broker_new(guint at_once)
{
    LocalBroker *broker = g_new0(LocalBroker, 1);
    g_autofree char *text = NULL;

    broker->port = find_port();
    broker->folder = g_dir_make_tmp("local-broker-XXXXXX", NULL);
    broker->configuration = g_build_filename(broker->folder, "mosquitto.conf", NULL);
    text = g_strdup_printf("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                           "max_inflight_messages %u\n%s",
                           broker->port, at_once, geteuid() == 0 ? "user root\n" : "");
    g_assert_true(g_file_set_contents(broker->configuration, text, -1, NULL));
    local_broker_start(broker);
    return broker;
}

void local_broker_free(LocalBroker *broker)
{
    local_broker_kill(broker);
    g_unlink(broker->configuration);
    g_rmdir(broker->folder);
    g_free(broker->configuration);
    g_free(broker->folder);
    g_free(broker);
}
