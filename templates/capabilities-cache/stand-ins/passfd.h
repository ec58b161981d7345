/* Files that are handed over. */
#pragma once
int sendfd(int socket, int fd);
int recvfd(int socket, int flags);
