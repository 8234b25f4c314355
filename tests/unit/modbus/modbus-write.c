/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/modbus/modbus-write.h"

static ProfileCommand *add_command(GPtrArray *commands, ProfileType type, ProfileSpace space, guint address,
                                   const double *constant)
{
    ProfileCommand *command = profile_command_new();
    ProfileWrite write = { .space = space,
                           .address = (guint16)address,
                           .has_constant = constant != NULL,
                           .constant = constant ? *constant : 0 };

    command->type = type;
    g_array_append_val(command->writes, write);
    g_ptr_array_add(commands, command);
    return command;
}

static void test_functions(void)
{
    static const struct {
        ProfileType type;
        ProfileSpace space;
        guint asked, function; /* function 0: refused */
    } cases[] = {
        { PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 0, 6 },
        { PROFILE_TYPE_U32, PROFILE_SPACE_HOLDING, 0, 16 },
        { PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 16, 16 },
        { PROFILE_TYPE_BOOL, PROFILE_SPACE_COIL, 0, 5 },
        { PROFILE_TYPE_U16, PROFILE_SPACE_COIL, 15, 15 },
        { PROFILE_TYPE_U32, PROFILE_SPACE_HOLDING, 6, 0 },
        { PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 5, 0 },
        { PROFILE_TYPE_BOOL, PROFILE_SPACE_COIL, 6, 0 },
        { PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 43, 0 },
        { PROFILE_TYPE_U16, PROFILE_SPACE_INPUT, 0, 0 },
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func((GDestroyNotify)profile_command_free);
        double one = 1;
        ProfileCommand *command = add_command(commands, cases[i].type, cases[i].space, 7, &one);
        ModbusWrite write;
        char reason[MODBUS_CODEC_REASON_SIZE] = "";

        command->function = cases[i].asked;
        gboolean compiled = modbus_write_compile(command, 0, 3, NULL, &write, reason);

        g_assert_true(compiled == (cases[i].function != 0));
        if (compiled)
            g_assert_cmpuint(write.function, ==, cases[i].function);
        else
            g_assert_cmpstr(reason, !=, "");
    }
}

static void test_values(void)
{
    g_autoptr(GPtrArray) commands = g_ptr_array_new_with_free_func((GDestroyNotify)profile_command_free);
    ProfileCommand *command = add_command(commands, PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 7, NULL);
    double argument = 16, constant = 0x55aa;
    ModbusWrite write;
    char reason[MODBUS_CODEC_REASON_SIZE];

    command->scale = 0.1;
    g_assert_false(modbus_write_compile(command, 0, 3, NULL, &write, reason));
    g_assert_cmpstr(reason, ==, "a value is needed");
    g_assert_true(modbus_write_compile(command, 0, 3, &argument, &write, reason));
    g_assert_cmpuint(write.values[0], ==, 160);
    g_assert_cmpuint(write.unit, ==, 3);
    command->unit_id = 200;
    g_assert_true(modbus_write_compile(command, 0, 3, &argument, &write, reason));
    g_assert_cmpuint(write.unit, ==, 200);
    command = add_command(commands, PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 7, &constant);
    command->scale = 0.1;
    g_assert_true(modbus_write_compile(command, 0, 3, &argument, &write, reason));
    g_assert_cmpuint(write.values[0], ==, 0x55aa); /* a constant is what is written */
}

static void test_opposite(void)
{
    ModbusWrite on = { .space = PROFILE_SPACE_COIL, .count = 1, .values = { 1 } };
    ModbusWrite off = { .space = PROFILE_SPACE_COIL, .count = 1, .values = { 0 } };
    ModbusWrite registers = { .space = PROFILE_SPACE_HOLDING, .count = 2, .values = { 7, 9 } };

    g_assert_cmpuint(modbus_write_opposite(&on).values[0], ==, 0);
    g_assert_cmpuint(modbus_write_opposite(&off).values[0], ==, 1);
    g_assert_cmpuint(modbus_write_opposite(&registers).values[0], ==, 0);
    g_assert_cmpuint(modbus_write_opposite(&registers).values[1], ==, 0);
}

static void test_overlaps(void)
{
    ModbusWrite a = { .unit = 1, .space = PROFILE_SPACE_HOLDING, .address = 10, .count = 2 }, b = a;

    g_assert_true(modbus_write_overlaps(&a, &b));
    b.address = 11;
    g_assert_true(modbus_write_overlaps(&a, &b));
    g_assert_true(modbus_write_overlaps(&b, &a));
    b.address = 12;
    g_assert_false(modbus_write_overlaps(&a, &b));
    b = a;
    b.unit = 2;
    g_assert_false(modbus_write_overlaps(&a, &b));
    b = a;
    b.space = PROFILE_SPACE_COIL;
    g_assert_false(modbus_write_overlaps(&a, &b));
}

/* Nothing is allowed but what the profile lists: every register of it, and none beside. */
static void test_list(void)
{
    g_autoptr(Profile) profile = profile_new("p");
    double one = 1;

    add_command(profile->commands, PROFILE_TYPE_U32, PROFILE_SPACE_HOLDING, 10, &one);
    add_command(profile->keepalive, PROFILE_TYPE_U16, PROFILE_SPACE_HOLDING, 20, &one)->unit_id = 200;
    add_command(profile->setup, PROFILE_TYPE_BOOL, PROFILE_SPACE_COIL, 0, &one);
    g_autoptr(ModbusWriteList) list = modbus_write_list_new(profile, 1);

    for (guint unit = 0; unit < 256; unit++) {
        for (guint address = 0; address < 40; address++) {
            for (ProfileSpace space = PROFILE_SPACE_HOLDING; space <= PROFILE_SPACE_DISCRETE; space++) {
                ModbusWrite write = {
                    .unit = (guint8)unit, .space = space, .address = (guint16)address, .count = 1
                };
                gboolean listed =
                    (unit == 1 && space == PROFILE_SPACE_HOLDING && (address == 10 || address == 11)) ||
                    (unit == 200 && space == PROFILE_SPACE_HOLDING && address == 20) ||
                    (unit == 1 && space == PROFILE_SPACE_COIL && address == 0);

                g_assert_true(modbus_write_list_allows(list, &write) == listed);
            }
        }
    }
    ModbusWrite beyond = { .unit = 1, .space = PROFILE_SPACE_HOLDING, .address = 11, .count = 2 };
    ModbusWrite nothing = { .unit = 1, .space = PROFILE_SPACE_HOLDING, .address = 10, .count = 0 };

    g_assert_false(modbus_write_list_allows(list, &beyond));
    g_assert_false(modbus_write_list_allows(list, &nothing));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/modbus-write/functions", test_functions);
    g_test_add_func("/modbus-write/values", test_values);
    g_test_add_func("/modbus-write/opposite", test_opposite);
    g_test_add_func("/modbus-write/overlaps", test_overlaps);
    g_test_add_func("/modbus-write/list", test_list);
    return g_test_run();
}
