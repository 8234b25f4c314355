# SPDX-License-Identifier: Apache-2.0
# Eastron SDM630, RS-485, 9600 8N1 by default. Floats by function 4, at most 40 of them in a request. `energy` is what
# was drawn (import), `energy_total` import and export together.
[profile]
kind=meter
vendor=Eastron
model=SDM630
source=mbmd meters/sdm630, OpenEMS meter.eastron
status=beta
max-read=80
max-gap=8

[point voltage_a]
read=input:0
type=f32
unit=V

[point voltage_b]
read=input:2
type=f32
unit=V

[point voltage_c]
read=input:4
type=f32
unit=V

[point current_a]
read=input:6
type=f32
unit=A

[point current_b]
read=input:8
type=f32
unit=A

[point current_c]
read=input:10
type=f32
unit=A

[point power_a]
read=input:12
type=f32
scale=0.001
unit=kW

[point power_b]
read=input:14
type=f32
scale=0.001
unit=kW

[point power_c]
read=input:16
type=f32
scale=0.001
unit=kW

[point power]
read=input:52
type=f32
scale=0.001
unit=kW

[point power_factor]
read=input:62
type=f32

[point frequency]
read=input:70
type=f32
unit=Hz

[point energy]
read=input:72
type=f32
unit=kWh
period-ms=5000

[point energy_export]
read=input:74
type=f32
unit=kWh
period-ms=5000

[point energy_total]
read=input:342
type=f32
unit=kWh
period-ms=5000
