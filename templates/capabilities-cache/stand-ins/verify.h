/* Compile-time assertions. */
#pragma once
#define verify(condition) _Static_assert(condition, #condition)
#define verify_true(condition) (!!sizeof(struct { unsigned int holds : (condition) ? 1 : -1; }))
#define verify_expr(condition, value) (verify_true(condition) ? (value) : (value))
