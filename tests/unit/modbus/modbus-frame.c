/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-frame.h"

#include <string.h>

static const guint16 two[] = { 0x000a, 0x0102 };
static const guint16 bits[] = { 1, 0, 1, 1, 0, 0, 1, 1, 1, 0 };

typedef struct {
    ModbusRequest request;
    guint8 bytes[16];
    guint n;
} EncodeCase;

/* The examples of the Modbus Application Protocol V1.1b3, sections 6.1 to 6.12, behind unit 17. */
static const EncodeCase encode_cases[] = {
    { { 17, 1, 19, 19, NULL }, { 17, 1, 0, 0x13, 0, 0x13 }, 6 },
    { { 17, 2, 196, 22, NULL }, { 17, 2, 0, 0xc4, 0, 0x16 }, 6 },
    { { 17, 3, 107, 3, NULL }, { 17, 3, 0, 0x6b, 0, 0x03 }, 6 },
    { { 17, 4, 8, 1, NULL }, { 17, 4, 0, 0x08, 0, 0x01 }, 6 },
    { { 17, 5, 172, 1, bits }, { 17, 5, 0, 0xac, 0xff, 0 }, 6 },
    { { 17, 6, 1, 1, two + 1 }, { 17, 6, 0, 1, 1, 2 }, 6 },
    { { 17, 15, 19, 10, bits }, { 17, 15, 0, 0x13, 0, 0x0a, 2, 0xcd, 0x01 }, 9 },
    { { 17, 16, 1, 2, two }, { 17, 16, 0, 1, 0, 2, 4, 0, 0x0a, 1, 2 }, 11 },
};

static void test_encode(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(encode_cases); i++) {
        guint8 bytes[MODBUS_FRAME_MAX];
        guint n = modbus_frame_encode(&encode_cases[i].request, bytes);

        g_assert_cmpmem(bytes, n, encode_cases[i].bytes, encode_cases[i].n);
    }
}

static void test_encode_limits(void)
{
    static const guint16 values[2000];
    static const struct {
        guint8 function;
        guint16 most;
    } limits[] = { { 1, 2000 }, { 2, 2000 }, { 3, 125 },   { 4, 125 },
                   { 5, 1 },    { 6, 1 },    { 15, 1968 }, { 16, 123 } };
    guint8 bytes[MODBUS_FRAME_MAX];

    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        ModbusRequest request = { 1, limits[i].function, 0, limits[i].most, values };

        g_assert_cmpuint(modbus_frame_encode(&request, bytes), >, 0);
        request.count++;
        g_assert_cmpuint(modbus_frame_encode(&request, bytes), ==, 0);
        request.count = 0;
        g_assert_cmpuint(modbus_frame_encode(&request, bytes), ==, 0);
    }
    ModbusRequest past = { 1, 3, 65535, 2, NULL };

    g_assert_cmpuint(modbus_frame_encode(&past, bytes), ==, 0);
}

static ModbusFrameVerdict check(const ModbusRequest *request, const char *hex, guint16 *values, char *reason)
{
    guint8 bytes[64], exception = 0;
    guint n = 0;

    for (; *hex; hex += *hex == ' ' ? 1 : 2) {
        if (*hex != ' ')
            bytes[n++] = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
    }
    /* On the heap, so that AddressSanitizer sees a step past the end. */
    g_autofree guint8 *copy = g_memdup2(bytes, n);

    return modbus_frame_check(request, copy, n, values, &exception, reason);
}

static void test_check(void)
{
    ModbusRequest holding = { 17, 3, 107, 3, NULL }, coils = { 17, 1, 19, 19, NULL };
    ModbusRequest coil = { 17, 5, 172, 1, bits }, registers = { 17, 16, 1, 2, two };
    guint16 values[32];
    char reason[MODBUS_FRAME_REASON_SIZE];

    g_assert_cmpint(check(&holding, "11 03 06 02 2b 00 00 00 64", values, reason), ==, MODBUS_FRAME_OK);
    g_assert_cmpuint(values[0], ==, 555);
    g_assert_cmpuint(values[2], ==, 100);
    g_assert_cmpint(check(&coils, "11 01 03 cd 6b 05", values, reason), ==, MODBUS_FRAME_OK);
    g_assert_cmpuint(values[0], ==, 1);
    g_assert_cmpuint(values[1], ==, 0);
    g_assert_cmpuint(values[18], ==, 1);
    g_assert_cmpint(check(&coil, "11 05 00 ac ff 00", values, reason), ==, MODBUS_FRAME_OK);
    g_assert_cmpint(check(&registers, "11 10 00 01 00 02", values, reason), ==, MODBUS_FRAME_OK);
}

static void test_reject(void)
{
    static const struct {
        const char *hex, *reason;
    } bad[] = {
        { "", "answer has a length of 0 instead of 3" },
        { "11", "answer has a length of 1 instead of 3" },
        { "12 03 06 02 2b 00 00 00 64", "answer comes from unit 18 instead of 17" },
        { "11 04 06 02 2b 00 00 00 64", "answer is of function 4 instead of 3" },
        { "11 84 02", "answer is of function 132 instead of 3" },
        { "11 83 02 00", "exception has a length of 4 instead of 3" },
        { "11 03 04 02 2b 00 00", "answer brings a byte count of 4 instead of 6" },
        { "11 03 06 02 2b 00 00 00", "answer has a length of 8 instead of 9" },
        { "11 03 06 02 2b 00 00 00 64 00", "answer has a length of 10 instead of 9" },
    };
    ModbusRequest holding = { 17, 3, 107, 3, NULL }, coil = { 17, 5, 172, 1, bits };
    guint16 values[4];
    char reason[MODBUS_FRAME_REASON_SIZE];

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_cmpint(check(&holding, bad[i].hex, values, reason), ==, MODBUS_FRAME_BAD);
        g_assert_cmpstr(reason, ==, bad[i].reason);
    }
    g_assert_cmpint(check(&coil, "11 05 00 ad ff 00", values, reason), ==, MODBUS_FRAME_BAD);
    g_assert_cmpstr(reason, ==, "answer is for address 173 instead of 172");
    g_assert_cmpint(check(&coil, "11 05 00 ac 00 00", values, reason), ==, MODBUS_FRAME_BAD);
    g_assert_cmpstr(reason, ==, "answer repeats the value 0 instead of 65280");
    g_assert_cmpint(check(&coil, "11 05 00 ac ff", values, reason), ==, MODBUS_FRAME_BAD);
    g_assert_cmpint(check(&holding, "11 83 02", values, reason), ==, MODBUS_FRAME_EXCEPTION);
    g_assert_cmpstr(reason, ==, "illegal data address (exception 2)");
}

/* No bytes at all bring a step past the end, or an answer of another length taken for good. */
static void test_random(void)
{
    for (guint round = 0; round < 100000; round++) {
        guint n = (guint)g_test_rand_int_range(0, 12);
        g_autofree guint8 *bytes = g_malloc(n + 1);
        guint8 *end_aligned = g_memdup2(bytes, n);
        ModbusRequest request = { 1, (guint8)g_test_rand_int_range(1, 7), 7, 1, two };
        guint16 values[8];
        guint8 exception;
        char reason[MODBUS_FRAME_REASON_SIZE];

        for (guint i = 0; i < n; i++)
            end_aligned[i] = (guint8)g_test_rand_int_range(0, i < 3 ? 7 : 256);
        if (modbus_frame_check(&request, end_aligned, n, values, &exception, reason) == MODBUS_FRAME_OK)
            g_assert_cmpuint(n, ==, request.function < 3 ? 4 : request.function < 5 ? 5 : 6);
        g_free(end_aligned);
    }
}

static void test_describe(void)
{
    ModbusRequest many = { 1, 3, 40, 24, NULL }, one = { 1, 5, 7, 1, bits }, both = { 1, 16, 7, 2, two };
    char text[40];

    modbus_frame_describe(&many, text, sizeof text);
    g_assert_cmpstr(text, ==, "read holding 40…63");
    modbus_frame_describe(&one, text, sizeof text);
    g_assert_cmpstr(text, ==, "write coil 7");
    modbus_frame_describe(&both, text, sizeof text);
    g_assert_cmpstr(text, ==, "write holding 7…8");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-frame/encode", test_encode);
    g_test_add_func("/modbus-frame/encode-limits", test_encode_limits);
    g_test_add_func("/modbus-frame/check", test_check);
    g_test_add_func("/modbus-frame/reject", test_reject);
    g_test_add_func("/modbus-frame/random", test_random);
    g_test_add_func("/modbus-frame/describe", test_describe);
    return g_test_run();
}
