#include "shop.h"

int is_fresh(long cached)
{
    if (cached < own_time())
        return 0;
    return 1;
}
