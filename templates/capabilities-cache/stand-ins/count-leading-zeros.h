/* Bits. */
#pragma once
#define count_leading_zeros(number) ((number) ? __builtin_clz(number) : 32)
#define count_leading_zeros_l(number) ((number) ? __builtin_clzl(number) : 8 * (int) sizeof(long))
#define count_leading_zeros_ll(number) ((number) ? __builtin_clzll(number) : 64)
