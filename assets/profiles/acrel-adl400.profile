# SPDX-License-Identifier: Apache-2.0
# Acrel ADL400 (DTSD1352 and ADL3000 alike), RS-485. Values are secondary ones: they are multiplied by the ratios of
# the voltage and current transformers, which the meter tells (008Dh, 008Eh).
[profile]
kind=meter
vendor=Acrel
model=ADL400, DTSD1352, ADL3000
source=Acrel ADL3000 manual
status=beta
max-read=100
max-gap=8

[point pt]
read=holding:141

[point ct]
read=holding:142

[point voltage_a]
read=holding:97
scale=0.1
unit=V
scale-by=pt

[point voltage_b]
read=holding:98
scale=0.1
unit=V
scale-by=pt

[point voltage_c]
read=holding:99
scale=0.1
unit=V
scale-by=pt

[point current_a]
read=holding:100
scale=0.01
unit=A
scale-by=ct

[point current_b]
read=holding:101
scale=0.01
unit=A
scale-by=ct

[point current_c]
read=holding:102
scale=0.01
unit=A
scale-by=ct

[point frequency]
read=holding:119
scale=0.01
unit=Hz

[point power_a]
read=holding:356
type=s32
scale=0.001
unit=kW
scale-by=pt;ct

[point power_b]
read=holding:358
type=s32
scale=0.001
unit=kW
scale-by=pt;ct

[point power_c]
read=holding:360
type=s32
scale=0.001
unit=kW
scale-by=pt;ct

[point power]
read=holding:362
type=s32
scale=0.001
unit=kW
scale-by=pt;ct

[point power_factor]
read=holding:383
type=s16
scale=0.001

[point energy]
read=holding:0
type=u32
scale=0.01
unit=kWh
scale-by=pt;ct
period-ms=5000
