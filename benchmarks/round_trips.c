/* Round trips on a serial port, as a client in C makes them: send a line, read until its OK, again and again.
 *
 *   round_trips PATH LINE COUNT     prints the seconds that COUNT round trips took
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

/* 0 once the answer has ended with OK, -1 when nothing came for five seconds. */
static int await_ok(int fd)
{
    char heard[4096];
    size_t length = 0;
    for (;;) {
        struct pollfd readable = {fd, POLLIN, 0};
        if (poll(&readable, 1, 5000) != 1)
            return -1;
        ssize_t got = read(fd, heard + length, sizeof heard - length);
        if (got <= 0)
            return -1;
        length += (size_t)got;
        if (length >= 4 && memcmp(heard + length - 4, "OK\r\n", 4) == 0)
            return 0;
        if (length == sizeof heard)
            return -1;
    }
}

int main(int count, char **arguments)
{
    if (count != 4)
        return 2;
    int fd = open(arguments[1], O_RDWR | O_NOCTTY);
    struct termios settings;
    if (fd < 0 || tcgetattr(fd, &settings) != 0)
        return 1;
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
    char line[256];
    int length = snprintf(line, sizeof line, "%s\r", arguments[2]);
    double began = 0;
    long round_trips = atol(arguments[3]);
    for (long i = -10; i < round_trips; i++) { /* ten to warm up */
        if (i == 0)
            began = now_s();
        if (write(fd, line, (size_t)length) != length || await_ok(fd) != 0)
            return 1;
    }
    printf("%.9f\n", now_s() - began);
    return 0;
}
