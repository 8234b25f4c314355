/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/safety/interlock-reach.h"

#include "edge/safety/interlock.h"

#include <string.h>

static void free_target(gpointer data)
{
    InterlockTarget *target = data;

    g_array_unref(target->users);
    g_free(target);
}

static guint add_target(InterlockReach *self, guint device, guint number, const char *verb, SiteRung rung)
{
    InterlockTarget *target;

    for (guint i = 0; number == 0 && i < self->targets->len; i++) {
        target = self->targets->pdata[i];
        if (target->device == device && target->rung == rung && g_str_equal(target->verb, verb))
            return i;
    }
    if (self->targets->len > (INTERLOCK_ID_TARGETS - 1))
        return INTERLOCK_REACH_NONE;
    target = g_new0(InterlockTarget, 1);
    target->device = device;
    target->number = number;
    target->rung = rung;
    target->retry_at_us = CLOCK_NEVER;
    target->users = g_array_new(FALSE, FALSE, sizeof(guint));
    g_strlcpy(target->verb, verb, sizeof target->verb);
    g_ptr_array_add(self->targets, target);
    return self->targets->len - 1;
}

static guint add_own(InterlockReach *self, const ModelConnector *connector, const char *verb, SiteRung rung)
{
    const Profile *profile = self->model->devices[connector->device].site->profile;

    /* A listener's charger has no profile: its driver says UNKNOWN where it cannot. */
    if (profile && !profile_find_command(profile, connector->number, verb))
        return INTERLOCK_REACH_NONE;
    return add_target(self, connector->device, connector->number, verb, rung);
}

/* PLACE: "io-01/breaker-1", "" : none. */
static guint add_breaker(InterlockReach *self, const char *place, SiteRung rung)
{
    const char *slash = strchr(place, '/');
    g_autofree char *name = slash ? g_strndup(place, (gsize)(slash - place)) : NULL;
    g_autofree char *verb = slash ? g_strdup_printf("%s/trip", slash + 1) : NULL;
    guint device = name ? model_find_device(self->model, name) : G_MAXUINT;
    const SiteDevice *site = device == G_MAXUINT ? NULL : self->model->devices[device].site;

    if (!site || !site->profile || !profile_find_command(site->profile, 0, verb))
        return INTERLOCK_REACH_NONE;
    return add_target(self, device, 0, verb, rung);
}

static void bind_reach(InterlockReach *self, guint index)
{
    const ModelConnector *connector = &self->model->connectors[index];
    const SitePolicy *policy = &self->model->site->policy;
    InterlockReachOf *reach = &self->connectors[index];

    reach->target[SITE_RUNG_SOFT] = add_own(self, connector, "stop", SITE_RUNG_SOFT);
    reach->target[SITE_RUNG_DISABLE] = add_own(self, connector, "disable", SITE_RUNG_DISABLE);
    reach->target[SITE_RUNG_FEEDER] =
        add_breaker(self, self->model->devices[connector->device].site->feeder, SITE_RUNG_FEEDER);
    reach->target[SITE_RUNG_STATION] = policy->highest_rung == SITE_RUNG_STATION
                                           ? add_breaker(self, policy->main_breaker, SITE_RUNG_STATION)
                                           : INTERLOCK_REACH_NONE;
    reach->target[SITE_RUNGS] = add_own(self, connector, "enable", SITE_RUNGS);
    for (guint rung = 0; rung < SITE_RUNGS; rung++) {
        if (reach->target[rung] != INTERLOCK_REACH_NONE)
            g_array_append_val(((InterlockTarget *)self->targets->pdata[reach->target[rung]])->users, index);
    }
    if (reach->target[SITE_RUNGS] != INTERLOCK_REACH_NONE)
        g_array_append_val(((InterlockTarget *)self->targets->pdata[reach->target[SITE_RUNGS]])->users,
                           index);
}

/* The points that a connector's ladder looks at, but the main breaker's contact; gives how many. */
static guint list_points(const ModelConnector *connector, guint points[8])
{
    guint n = 0;

    if (connector->status != POINT_NONE)
        points[n++] = connector->status;
    for (guint i = 0; i < connector->n_current; i++)
        points[n++] = connector->current[i];
    for (guint i = 0; i < connector->n_feeder_meter_current; i++)
        points[n++] = connector->feeder_meter_current[i];
    if (connector->feeder_contact != POINT_NONE)
        points[n++] = connector->feeder_contact;
    return n;
}

static void build_watch(InterlockReach *self)
{
    const Model *model = self->model;
    g_autofree guint *fill = g_new0(guint, model->n_points + 1);
    guint points[8];

    self->watch_start = g_new0(guint, model->n_points + 1);
    for (guint c = 0; c < model->n_connectors; c++) {
        for (guint i = 0, n = list_points(&model->connectors[c], points); i < n; i++)
            self->watch_start[points[i] + 1]++;
    }
    for (guint p = 0; p < model->n_points; p++) {
        self->watch_start[p + 1] += self->watch_start[p];
        fill[p] = self->watch_start[p];
    }
    self->watch_list = g_new0(guint, MAX(1, self->watch_start[model->n_points]));
    for (guint c = 0; c < model->n_connectors; c++) {
        guint n = list_points(&model->connectors[c], points);

        for (guint i = 0, at = fill[0]; i < n; i++) {
            at = fill[points[i]]++;
            self->watch_list[at] = c;
        }
    }
}

InterlockReach *interlock_reach_new(const Model *model)
{
    InterlockReach *self = g_new0(InterlockReach, 1);

    self->model = model;
    self->targets = g_ptr_array_new_with_free_func(free_target);
    self->connectors = g_new0(InterlockReachOf, MAX(1, model->n_connectors));
    for (guint i = 0; i < model->n_connectors; i++)
        bind_reach(self, i);
    build_watch(self);
    return self;
}

void interlock_reach_free(InterlockReach *self)
{
    g_ptr_array_unref(self->targets);
    g_free(self->connectors);
    g_free(self->watch_start);
    g_free(self->watch_list);
    g_free(self);
}

guint interlock_reach_find(const InterlockReach *self, guint connector, guint rung)
{
    return self->connectors[connector].target[rung];
}

InterlockTarget *interlock_reach_get(const InterlockReach *self, guint target)
{
    return self->targets->pdata[target];
}

const guint *interlock_reach_list(const InterlockReach *self, guint point, guint *ret_n)
{
    *ret_n = self->watch_start[point + 1] - self->watch_start[point];
    return &self->watch_list[self->watch_start[point]];
}
