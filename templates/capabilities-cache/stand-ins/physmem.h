/* How much memory there is. */
#pragma once
double physmem_total(void);
double physmem_available(void);
