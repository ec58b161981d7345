#include <sys/stat.h>
#include "shop.h"

long own_time(void)
{
    struct stat own;
    return stat("/proc/self/exe", &own) ? 0 : (long)own.st_ctime;
}
