/* SPDX-License-Identifier: MIT
 * port.c: TCP ports for servers under test. A port is claimed for as long as this process lives by
 * an abstract Unix socket whose name has its number: both belong to the network namespace, and the
 * kernel gives the name back at the process's death. The ports lie below those that the kernel
 * gives to outgoing connections by default, so none is taken between two starts of a server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/base.h"
#include "env/env.h"

enum { PORT_FIRST = 10000, PORT_LAST = 32767 };

/* A descriptor that holds the claim, or -1: another process has it. */
static int claim(unsigned port)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "stress-supervisor/port/%u",
                     port);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    int fd = fd_raise(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) < 0)
        fd_close(&fd);
    return fd;
}

/* Can a server that sets no option listen there? */
static bool is_free(unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    FD_CLEANUP int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

/* The same seed tries the same ports first. */
static int find_port(const struct stress_env *env, unsigned n)
{
    const unsigned range = PORT_LAST - PORT_FIRST + 1;
    uint64_t start = random_mix(env->config.seed + n);
    for (unsigned i = 0; i < range; i++) {
        unsigned port = PORT_FIRST + (unsigned)((start + i) % range);
        int fd = claim(port);
        if (fd >= 0 && is_free(port))
            return (int)port; /* the claim stays open */
        fd_close(&fd);
    }
    return -EADDRINUSE;
}

int stress_env_port(struct stress_env *env, unsigned n)
{
    if (n >= STRESS_PORTS_MAX)
        return -EINVAL;
    if (env->ports[n] == 0) {
        int port = find_port(env, n);
        if (port < 0)
            return port;
        env->ports[n] = port;
    }
    return env->ports[n];
}
