# SPDX-License-Identifier: Apache-2.0
# XY-MD02: temperature and humidity (SHT20, SHT30, SHT40), RS-485, 9600 8N1, unit 1.
[profile]
kind=sensor
vendor=XY
model=XY-MD02
source=three independent drivers, with the same example request 01 04 00 01 00 02 20 0B
status=beta

[point temperature]
read=input:1
type=s16
scale=0.1
unit=°C

[point humidity]
read=input:2
scale=0.1
unit=%
