/* SPDX-License-Identifier: Apache-2.0 */
/* A small site for unit tests: two chargers, a sensor of each kind, outputs, a meter. */
#pragma once

#include "drivers/sim/sim-site.h"

static inline SimSite *sim_fixture_new(void)
{
    static const SimDeviceSetup devices[] = {
        { .name = "dc-01",
          .profile = "generic-dc",
          .bus = "chargers",
          .unit = 1,
          .feeder = "io-01/breaker-1" },
        { .name = "dc-02",
          .profile = "generic-dc-2",
          .bus = "chargers",
          .unit = 2,
          .feeder = "io-01/breaker-2" },
        { .name = "io-01", .profile = "generic-io", .bus = "io", .unit = 1 },
        { .name = "io-a", .profile = "generic-io-zone", .bus = "io", .unit = 2 },
        { .name = "meter-01", .profile = "generic-meter", .bus = "power", .unit = 1 },
        { .name = "smoke-01", .profile = "generic-smoke", .bus = "yard", .unit = 1 },
        { .name = "heat-01", .profile = "generic-heat", .bus = "yard", .unit = 2 },
        { .name = "th-01", .profile = "generic-th", .bus = "yard", .unit = 3 },
        { .name = "water-01", .profile = "generic-water", .bus = "yard", .unit = 4 },
        { .name = "door-01", .profile = "generic-door", .bus = "yard", .unit = 5 },
    };
    SimSite *site = sim_site_new(1, NULL, NULL);
    site->cars = FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(devices); i++)
        g_assert_true(sim_site_add(site, &devices[i], NULL));
    g_assert_true(sim_site_link(site, NULL));
    sim_site_step(site);
    return site;
}

static inline void sim_fixture_run(SimSite *site, gint64 ms)
{
    for (gint64 until = site->now_ms + ms; site->now_ms < until;)
        sim_site_step(site);
}
