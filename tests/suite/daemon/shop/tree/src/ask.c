#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void)
{
    char answer[64];
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
    ssize_t length;

    if (chdir(getenv("HOME")) || connect(sock, (struct sockaddr *)&address, sizeof(address)))
        return 1;
    length = read(sock, answer, sizeof(answer));
    return length <= 0 || write(1, answer, length) != length;
}
