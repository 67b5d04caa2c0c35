/* SPDX-License-Identifier: MIT
 * output.c: see output.h.
 */
#include "session/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "definition/definition.h"
#include "session/orders.h"

enum {
    OUTPUT_CHUNK = 65536,  /* the usual capacity of a pipe */
    OUTPUT_EVENTS = 64,    /* ready descriptors read in one output_drain() */
    OUTPUT_ANNOUNCED = 256, /* announcements read at once */
    OUTPUT_MARKS = 64      /* the latest marks of each source */
};

struct source {
    int fd;       /* read end of its pipe, non-blocking; -1: none */
    bool stale;   /* drop the tail when the next pipe is announced */
    size_t total; /* bytes read in all; the ring's head is total % OUTPUT_TAIL */
    char *ring;   /* OUTPUT_TAIL bytes; NULL before the first byte */
    char held[sizeof(struct wire_mark)]; /* the begin of a mark, perhaps */
    size_t n_held;
    uint64_t n_marks; /* number n lies at n % OUTPUT_MARKS */
    struct {
        uint64_t number;
        size_t at; /* `total` there */
    } marks[OUTPUT_MARKS];
};

/* The number of a source, which epoll hands back. */
enum {
    NUMBER_ENVIRONMENT,
    NUMBER_ACTORS,
    NUMBER_SERVERS = NUMBER_ACTORS + DEFINITION_ACTORS,
    NUMBER_SOURCES = NUMBER_SERVERS + DEFINITION_SERVERS,
    NUMBER_SOCKET = NUMBER_SOURCES
};

struct output {
    int epoll, socket;
    int failure; /* errno of the first pipe that cannot be watched; 0: none */
    struct source sources[NUMBER_SOURCES];
    char chunk[OUTPUT_CHUNK];
};

struct output *output_new(struct error *error)
{
    struct output *output = calloc(1, sizeof *output);
    if (!output) {
        error_set(error, ENOMEM, "cannot allocate the table of outputs");
        return NULL;
    }
    output->socket = -1;
    for (size_t i = 0; i < NUMBER_SOURCES; i++)
        output->sources[i].fd = -1;
    output->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (output->epoll < 0) {
        error_set(error, errno, "cannot create an epoll descriptor");
        free(output);
        return NULL;
    }
    return output;
}

void output_free(struct output *output)
{
    if (!output)
        return;
    for (size_t i = 0; i < NUMBER_SOURCES; i++) {
        fd_close(&output->sources[i].fd);
        free(output->sources[i].ring);
    }
    fd_close(&output->socket);
    fd_close(&output->epoll);
    free(output);
}

int output_fd(const struct output *output)
{
    return output->epoll;
}

static int watch(struct output *output, int fd, uint32_t number)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };
    return epoll_ctl(output->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* ---- one source ------------------------------------------------------------------------- */

static void keep(struct source *source, const char *bytes, size_t size)
{
    if (!source->ring)
        source->ring = malloc(OUTPUT_TAIL);
    if (!source->ring)
        return; /* no memory: a finding without its output is better than none */
    if (size > OUTPUT_TAIL) {
        source->total += size - OUTPUT_TAIL;
        bytes += size - OUTPUT_TAIL;
        size = OUTPUT_TAIL;
    }
    size_t head = source->total % OUTPUT_TAIL, first = OUTPUT_TAIL - head;
    if (first > size)
        first = size;
    memcpy(source->ring + head, bytes, first);
    memcpy(source->ring, bytes + first, size - first);
    source->total += size;
}

/* The bytes held are a mark, or will be one, or are none. */
static void judge_held(struct source *source)
{
    static const char magic[] = WIRE_MARK_MAGIC;
    size_t n = source->n_held, compared = n < 8 ? n : 8;
    struct wire_mark mark;
    if (memcmp(source->held, magic, compared) != 0) {
        /* Its last byte may begin a mark: the first byte of one does not occur in it again. */
        bool again = n > 1 && source->held[n - 1] == magic[0];
        keep(source, source->held, n - again);
        source->held[0] = magic[0];
        source->n_held = again;
    } else if (n == sizeof mark) {
        memcpy(&mark, source->held, sizeof mark);
        uint64_t i = source->n_marks++ % OUTPUT_MARKS;
        source->marks[i].number = mark.number;
        source->marks[i].at = source->total;
        source->n_held = 0;
    }
}

/* Keeps everything except marks. */
static void take(struct source *source, const char *bytes, size_t size)
{
    while (size > 0) {
        if (source->n_held == 0) {
            const char *found = memchr(bytes, WIRE_MARK_MAGIC[0], size);
            size_t n = found ? (size_t)(found - bytes) : size;
            keep(source, bytes, n);
            bytes += n;
            size -= n;
        }
        if (size > 0) {
            source->held[source->n_held++] = *bytes++;
            size--;
            judge_held(source);
        }
    }
}

/* The pipe ended: what was held is text. */
static void let_go(struct source *source)
{
    keep(source, source->held, source->n_held);
    source->n_held = 0;
}

static size_t copy(const struct source *source, char *to, size_t size)
{
    size_t n = source->total < OUTPUT_TAIL ? source->total : OUTPUT_TAIL;
    if (n > size)
        n = size;
    if (n == 0)
        return 0;
    size_t start = (source->total - n) % OUTPUT_TAIL, first = OUTPUT_TAIL - start;
    if (first > n)
        first = n;
    memcpy(to, source->ring + start, first);
    memcpy(to + first, source->ring, n - first);
    return n;
}

/* Reads at most `limit` bytes. Closes the pipe at its end, but not after a failure: see adopt(). */
static size_t read_some(struct output *output, struct source *source, size_t limit)
{
    ssize_t n;
    if (source->fd < 0)
        return 0;
    do
        n = read(source->fd, output->chunk, limit < OUTPUT_CHUNK ? limit : OUTPUT_CHUNK);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        take(source, output->chunk, (size_t)n);
    } else if (n == 0) {
        let_go(source);
        fd_close(&source->fd);
    } else if (errno != EAGAIN) {
        output->failure = errno;
    }
    return n > 0 ? (size_t)n : 0;
}

/* Reads what is in the pipe now: a process that goes on writing does not prolong this. */
static void read_present(struct output *output, struct source *source)
{
    int present = 0;
    if (source->fd < 0 || ioctl(source->fd, FIONREAD, &present) < 0 || present <= 0)
        return;
    for (size_t left = (size_t)present; left > 0; ) {
        size_t n = read_some(output, source, left);
        if (n == 0)
            return;
        left -= n;
    }
}

/* Takes over the new pipe of a source, after it has read the rest of the old one. A pipe that
 * cannot be watched stays open: otherwise its writer would die of SIGPIPE, which is no fault of its
 * own. */
static int adopt(struct output *output, uint32_t number, int fd)
{
    struct source *source = &output->sources[number];
    struct stat status;
    int flags = fcntl(fd, F_GETFL);
    int result = fstat(fd, &status);
    if (result == 0 && (!S_ISFIFO(status.st_mode) || (flags & O_ACCMODE) == O_WRONLY)) {
        fd_close(&fd);
        errno = EINVAL;
        return -1;
    }
    if (result < 0 || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        watch(output, fd, number) < 0) {
        output->failure = errno;
        result = -1;
    }
    read_present(output, source);
    let_go(source);
    fd_close(&source->fd);
    if (source->stale)
        source->total = source->n_marks = 0;
    source->stale = false;
    source->fd = fd;
    if (result < 0)
        errno = output->failure;
    return result;
}

int output_failure(const struct output *output)
{
    return output->failure;
}

/* ---- announcements ---------------------------------------------------------------------- */

static int source_number(enum wire_source source, uint32_t index)
{
    if (source == WIRE_SOURCE_ACTOR && index < DEFINITION_ACTORS)
        return (int)(NUMBER_ACTORS + index);
    if (source == WIRE_SOURCE_SERVER && index < DEFINITION_SERVERS)
        return (int)(NUMBER_SERVERS + index);
    return -1;
}

/* No announcement may stop the monitor: those that make no sense are dropped. */
static void take_announcements(struct output *output, size_t limit)
{
    struct wire_output announced;
    struct error error;
    int fd;
    while (output->socket >= 0 && limit-- > 0) {
        int result = wire_output_receive(output->socket, &announced, &fd, &error);
        if (result < 0 && error.code == EAGAIN)
            return;
        if (result == 0) {
            fd_close(&output->socket);
            return;
        }
        if (result < 0)
            continue;
        int number = source_number((enum wire_source)announced.source, announced.index);
        if (number < 0)
            close(fd);
        else
            adopt(output, (uint32_t)number, fd);
    }
}

int output_listen(struct output *output, int socket, int environment, struct error *error)
{
    take_announcements(output, DEFINITION_ACTORS + DEFINITION_SERVERS);
    fd_close(&output->socket);
    output->socket = socket;
    if (adopt(output, NUMBER_ENVIRONMENT, environment) < 0 ||
        watch(output, socket, NUMBER_SOCKET) < 0)
        return error_set(error, errno, "cannot watch the output of the workload");
    return 0;
}

void output_drain(struct output *output)
{
    struct epoll_event events[OUTPUT_EVENTS];
    int n = epoll_wait(output->epoll, events, OUTPUT_EVENTS, 0);
    for (int i = 0; i < n; i++) {
        uint32_t number = events[i].data.u32;
        if (number == NUMBER_SOCKET)
            take_announcements(output, OUTPUT_ANNOUNCED);
        else
            read_some(output, &output->sources[number], OUTPUT_CHUNK);
    }
}

/* ---- the tails -------------------------------------------------------------------------- */

static struct source *find(struct output *output, enum wire_source source, int index)
{
    int number = index < 0 ? NUMBER_ENVIRONMENT : source_number(source, (uint32_t)index);
    return number < 0 ? NULL : &output->sources[number];
}

size_t output_tail(struct output *output, enum wire_source source, int index, char *to, size_t size)
{
    struct source *wanted = find(output, source, index);
    if (!wanted)
        return 0;
    take_announcements(output, DEFINITION_ACTORS + DEFINITION_SERVERS);
    read_present(output, wanted);
    return copy(wanted, to, size);
}

/* Where the output behind a mark begins and ends, in bytes written in all. */
static bool find_mark(const struct source *source, uint64_t mark, size_t *ret_begin,
                      size_t *ret_end)
{
    uint64_t oldest = source->n_marks > OUTPUT_MARKS ? source->n_marks - OUTPUT_MARKS : 0;
    *ret_begin = 0;
    *ret_end = source->total;
    if (mark == 0)
        return true;
    for (uint64_t i = source->n_marks; i-- > oldest; *ret_end = source->marks[i % OUTPUT_MARKS].at)
        if (source->marks[i % OUTPUT_MARKS].number == mark) {
            *ret_begin = source->marks[i % OUTPUT_MARKS].at;
            return true;
        }
    return false;
}

static bool is_end_of_line(char c)
{
    return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

bool output_last_line(struct output *output, enum wire_source source, int index, uint64_t mark,
                      char *to, size_t size)
{
    char line[512];
    size_t begin, end, start;
    struct source *wanted = find(output, source, index);
    if (!wanted)
        return false;
    /* The next process may have written much already: the pipe of this one comes first. */
    read_present(output, wanted);
    if (mark == 0 || !find_mark(wanted, mark, &begin, &end))
        output_tail(output, source, index, line, 0);
    if (!wanted->ring || !find_mark(wanted, mark, &begin, &end))
        return false;
    if (wanted->total - begin > OUTPUT_TAIL)
        begin = wanted->total - OUTPUT_TAIL;
    while (end > begin && is_end_of_line(wanted->ring[(end - 1) % OUTPUT_TAIL]))
        end--;
    for (start = end; start > begin && wanted->ring[(start - 1) % OUTPUT_TAIL] != '\n';)
        start--;
    size_t n = 0;
    while (start < end && n + 1 < sizeof line)
        line[n++] = wanted->ring[start++ % OUTPUT_TAIL];
    line[n] = '\0';
    text_copy(to, size, line);
    return *to != '\0';
}

bool output_is_cut(struct output *output, enum wire_source source, int index)
{
    const struct source *wanted = find(output, source, index);
    return wanted && wanted->total > OUTPUT_TAIL;
}

void output_forget(struct output *output, enum wire_source source, int index)
{
    struct source *wanted = find(output, source, index);
    if (!wanted)
        return;
    read_present(output, wanted);
    wanted->total = wanted->n_marks = 0;
    wanted->n_held = 0;
}

void output_clear(struct output *output, enum wire_source source, int index)
{
    struct source *wanted = find(output, source, index);
    if (wanted)
        wanted->stale = wanted->total > 0 || wanted->fd >= 0;
}
