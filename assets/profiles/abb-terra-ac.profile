# SPDX-License-Identifier: Apache-2.0
# ABB Terra AC, Modbus TCP, or RTU 9600 8N1 unit 1, firmware 1.6.5 or newer. It counts any request as a sign of life
# (one at least every 30 s), so polling is its keep-alive.
# A limit of 0 stops and one of 6 A or more starts: no second rung.
[profile]
kind=charger
vendor=ABB
model=Terra AC
source=evcc charger/abb, nymea abbterra
status=alpha
connectors=1
max-read=64
max-gap=8

[point 1/fault]                         ; 4008h
read=holding:16392
type=u32

[point 1/lock]                          ; 400Ah
read=holding:16394
type=u32

[point 1/status]                        ; 400Ch, byte 2, without its top bit
read=holding:16396
type=u32
mask=0x7f00
shift=8
map=0:available;1:preparing;2:preparing;3:suspended;4:charging;5:finishing

[point 1/current_limit]                 ; 400Eh
read=holding:16398
type=u32
scale=0.001
unit=A

[point 1/current_a]
read=holding:16400
type=u32
scale=0.001
unit=A

[point 1/current_b]
read=holding:16402
type=u32
scale=0.001
unit=A

[point 1/current_c]
read=holding:16404
type=u32
scale=0.001
unit=A

[point 1/voltage_a]
read=holding:16406
type=u32
scale=0.1
unit=V

[point 1/voltage_b]
read=holding:16408
type=u32
scale=0.1
unit=V

[point 1/voltage_c]
read=holding:16410
type=u32
scale=0.1
unit=V

[point 1/power]                         ; 401Ch
read=holding:16412
type=u32
scale=0.001
unit=kW

[point 1/session_energy]                ; 401Eh
read=holding:16414
type=u32
scale=0.001
unit=kWh

[command 1/stop]                        ; 4100h
write=holding:16640=0
type=u32
function=16

[command 1/start]                       ; the least that a vehicle takes, mA
write=holding:16640=6000
type=u32
function=16

[command 1/limit]
write=holding:16640
type=u32
scale=0.001
unit=A
function=16
