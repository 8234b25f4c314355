# SPDX-License-Identifier: Apache-2.0
# Heidelberg (Amperfied) Energy Control, RS-485, 19200 baud, 8E1. Readings by function 4.
# Any request feeds its watchdog (set to 15 s below); when it bites, the failsafe current holds: 0 A. Standby is
# switched off, since a sleeping charger answers nobody. One register stops and starts (261): no second rung.
[profile]
kind=charger
vendor=Heidelberg
model=Energy Control
source=Heidelberg Modbus register table (layout 1.0.0 and newer), evcc charger/heidelberg-ec, nymea amperfied
status=beta
connectors=1
max-read=20
max-gap=2

[point 1/status]                        ; 2 A1, 3 A2, 4 B1, 5 B2, 6 C1 (wants to, may not), 7 C2, 8 derating, 9 E, 10 F
read=input:5
map=2:available;3:available;4:preparing;5:preparing;6:suspended;7:charging;8:charging;9:faulted;10:unavailable;11:faulted

[point 1/current_a]
read=input:6
scale=0.1
unit=A

[point 1/current_b]
read=input:7
scale=0.1
unit=A

[point 1/current_c]
read=input:8
scale=0.1
unit=A

[point cabinet_temp]
read=input:9
type=s16
scale=0.1
unit=°C

[point 1/voltage_a]
read=input:10
unit=V

[point 1/voltage_b]
read=input:11
unit=V

[point 1/voltage_c]
read=input:12
unit=V

[point 1/power]
read=input:14
scale=0.001
unit=kW

[point 1/energy]                        ; since installation, Wh
read=input:17
type=u32
scale=0.001
unit=kWh

[command 1/stop]
write=holding:261=0
function=6

[command 1/start]                       ; the least that a vehicle takes, 0.1 A
write=holding:261=60
function=6

[command 1/limit]
write=holding:261
scale=0.1
unit=A
function=6

[setup]                                 ; watchdog 15 s, no standby, failsafe current 0 A
write=holding:257=15000;holding:258=4;holding:262=0
function=6
