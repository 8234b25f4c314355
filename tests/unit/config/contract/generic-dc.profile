# SPDX-License-Identifier: Apache-2.0
# profiles/generic-dc.profile: registers are data, not code
[profile]
kind=charger                            ; charger, meter, sensor, io
vendor=
model=
source=the document the map was taken from
status=stable                           ; stable, beta, alpha
connectors=1
max-read=100                            ; registers in one request
max-gap=8                               ; holes that a merged read may span

[point 1/status]                        ; connector 1; [point N/…] with connector-stride=1000 serves all
read=holding:0                          ; holding, input, coil, discrete; zero-based; holding:5.3 = bit 3
type=u16                                ; bool u16 s16 u32 s32 u64 s64 f32 f64 ascii:N (registers)
mask=0xffff
shift=0
map=0:available;1:preparing;2:charging;3:suspended;4:finishing;5:faulted;6:unavailable   ; number or text; what is not listed is quality bad
[point 1/power]
read=holding:4
type=u32
word-order=big                          ; or little
scale=0.1
offset=0
scale-by=                               ; points to multiply by (PT;CT)
absent=0xffff                           ; raw values that mean "no such value now"
unit=kW
unit-id=                                ; where it differs from the device's
period-ms=1000
max-age-ms=5000                         ; default 3 × period, at least 5000

[command 1/stop]
write=coil:0=1                          ; or holding:100=0x55AA; several separated by ;
function=5                              ; 5, 6, 15, 16 (default: by type and count)
[command 1/disable]
write=coil:1=1
[command 1/enable]
write=coil:1=0
[command 1/limit]                       ; kW or A by unit=
write=holding:101
type=u16
scale=0.1
unit=kW
refresh-ms=25000                        ; written again while it stands
[keepalive]                             ; written for as long as the device is watched
write=holding:6000=1
period-ms=10000
[setup]                                 ; written after each connect
write=holding:2000=3000
