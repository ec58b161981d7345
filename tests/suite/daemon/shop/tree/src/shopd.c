#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "shop.h"

int main(void)
{
    long cached = -1;
    const char *answer;
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    FILE *file;

    if (chdir(getenv("HOME")) || !(file = fopen("cache", "r")) || fscanf(file, "%ld", &cached) != 1)
        return 1;
    answer = is_fresh(cached) ? "from the cache\n" : "found out anew\n";
    snprintf(address.sun_path, sizeof(address.sun_path), "socket");
    if (bind(sock, (struct sockaddr *)&address, sizeof(address)) || listen(sock, 1))
        return 1;
    for (;;) {
        int client = accept(sock, NULL, NULL);
        if (dprintf(client, "%s", answer) < 0)
            return 1;
        close(client);
    }
}
