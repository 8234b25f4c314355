/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: each asks the station and leaves what is to be printed in ctl->out. */
#pragma once

#include "edge/ctl/ctl-client.h"

CtlExit ctl_status_run(Ctl *ctl);
CtlExit ctl_devices_run(Ctl *ctl);
CtlExit ctl_devices_run_buses(Ctl *ctl);
CtlExit ctl_devices_run_cameras(Ctl *ctl);
CtlExit ctl_points_run(Ctl *ctl);
CtlExit ctl_connectors_run(Ctl *ctl);
CtlExit ctl_alarms_run(Ctl *ctl);
CtlExit ctl_act_run_ack(Ctl *ctl);
CtlExit ctl_act_run_reset(Ctl *ctl);
CtlExit ctl_act_run_silence(Ctl *ctl);
CtlExit ctl_act_run_stop(Ctl *ctl);
CtlExit ctl_events_run(Ctl *ctl);
CtlExit ctl_staff_run_add(Ctl *ctl);
CtlExit ctl_staff_run_list(Ctl *ctl);
CtlExit ctl_staff_run_disable(Ctl *ctl);
CtlExit ctl_show_run_tariff(Ctl *ctl);
CtlExit ctl_show_run_probe(Ctl *ctl);
CtlExit ctl_books_run_backup(Ctl *ctl);
CtlExit ctl_books_run_restore(Ctl *ctl);
CtlExit ctl_books_run_reload(Ctl *ctl);
