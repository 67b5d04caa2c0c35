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
    OUTPUT_ALL = DEFINITION_ACTORS + DEFINITION_SERVERS,
    OUTPUT_MARKS = 64,     /* the latest marks of commands of each source */
    OUTPUT_STARTS = 8      /* the latest marks of starts */
};

struct mark {
    uint64_t number;
    uint64_t order; /* among all marks of the source, from 1; 0: none */
    size_t at;      /* `total` there */
};

struct source {
    int fd;       /* read end of its pipe, non-blocking; -1: none */
    bool stale;   /* drop the tail when the next pipe is announced */
    size_t total; /* bytes read in all; the ring's head is total % OUTPUT_TAIL */
    char *ring;   /* OUTPUT_TAIL bytes; NULL before the first byte */
    char held[sizeof(struct wire_mark)]; /* the begin of a mark, perhaps */
    size_t n_held;
    uint64_t n_marks, n_commands, n_starts; /* number n lies at n % OUTPUT_MARKS (STARTS) */
    struct mark commands[OUTPUT_MARKS], starts[OUTPUT_STARTS];
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
    bool held;   /* the next announcements wait for output_reset() */
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

static void keep_mark(struct source *source, uint64_t number)
{
    struct mark *mark = number & WIRE_MARK_START
                            ? &source->starts[source->n_starts++ % OUTPUT_STARTS]
                            : &source->commands[source->n_commands++ % OUTPUT_MARKS];
    *mark = (struct mark){ .number = number, .order = ++source->n_marks, .at = source->total };
}

/* Drops what was read. */
static void drop(struct source *source)
{
    source->total = source->n_marks = source->n_commands = source->n_starts = 0;
    memset(source->commands, 0, sizeof source->commands);
    memset(source->starts, 0, sizeof source->starts);
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
        keep_mark(source, mark.number);
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

/* Copies the last bytes before `end`, in bytes written in all, that are kept. */
static size_t copy(const struct source *source, size_t end, char *to, size_t size)
{
    size_t kept = source->total < OUTPUT_TAIL ? source->total : OUTPUT_TAIL;
    size_t later = source->total - end, n = later < kept ? kept - later : 0;
    if (n > size)
        n = size;
    if (n == 0)
        return 0;
    size_t start = (end - n) % OUTPUT_TAIL, first = OUTPUT_TAIL - start;
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
        drop(source);
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

/* What is announced behind this belongs to the next generation, so it waits in the socket for the
 * news of the reset: the findings that come before it are about the processes before it. */
static void hold(struct output *output)
{
    output->held = true;
    epoll_ctl(output->epoll, EPOLL_CTL_DEL, output->socket, NULL);
}

/* No announcement may stop the monitor: those that make no sense are dropped. */
static void take_announcements(struct output *output, size_t limit)
{
    struct wire_output announced;
    struct error error;
    int fd;
    while (output->socket >= 0 && !output->held && limit-- > 0) {
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
        if (announced.source == WIRE_SOURCE_RESET)
            hold(output);
        else if (number < 0)
            close(fd);
        else
            adopt(output, (uint32_t)number, fd);
    }
}

int output_listen(struct output *output, int socket, int environment, struct error *error)
{
    do {
        output->held = false;
        take_announcements(output, OUTPUT_ALL);
    } while (output->held);
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

/* The mark with this number that came last; NULL: it is not among the latest. */
static const struct mark *find_mark(const struct mark *marks, size_t n, uint64_t number)
{
    const struct mark *found = NULL;
    for (size_t i = 0; i < n; i++)
        if (marks[i].order > 0 && marks[i].number == number &&
            (!found || marks[i].order > found->order))
            found = &marks[i];
    return found;
}

/* Moves *end to the first of the marks that came after `order` and have a number above `number`. */
static void end_at(const struct mark *marks, size_t n, uint64_t order, uint64_t number,
                   size_t *end)
{
    for (size_t i = 0; i < n; i++)
        if (marks[i].order > order && marks[i].number > number && marks[i].at < *end)
            *end = marks[i].at;
}

size_t output_tail(struct output *output, enum wire_source source, int index, uint64_t start,
                   char *to, size_t size)
{
    struct source *wanted = find(output, source, index);
    if (!wanted)
        return 0;
    take_announcements(output, OUTPUT_ALL);
    read_present(output, wanted);
    size_t end = wanted->total;
    const struct mark *mark = find_mark(wanted->starts, OUTPUT_STARTS, start);
    if (start > 0)
        end_at(wanted->starts, OUTPUT_STARTS, mark ? mark->order : 0, start, &end);
    return copy(wanted, end, to, size);
}

/* Where the output behind a mark begins and ends, in bytes written in all. */
static bool find_output(const struct source *source, uint64_t number, size_t *ret_begin,
                        size_t *ret_end)
{
    const struct mark *mark = number & WIRE_MARK_START
                                  ? find_mark(source->starts, OUTPUT_STARTS, number)
                                  : find_mark(source->commands, OUTPUT_MARKS, number);
    *ret_begin = mark ? mark->at : 0;
    *ret_end = source->total;
    if (mark) {
        end_at(source->starts, OUTPUT_STARTS, mark->order, 0, ret_end);
        end_at(source->commands, OUTPUT_MARKS, mark->order, 0, ret_end);
    }
    return mark || number == 0;
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
    if (mark == 0 || !find_output(wanted, mark, &begin, &end))
        output_tail(output, source, index, 0, line, 0);
    if (!wanted->ring || !find_output(wanted, mark, &begin, &end))
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
    drop(wanted);
    wanted->n_held = 0;
}

void output_reset(struct output *output)
{
    take_announcements(output, OUTPUT_ALL);
    for (size_t i = NUMBER_ACTORS; i < NUMBER_SOURCES; i++) {
        struct source *source = &output->sources[i];
        source->stale = source->total > 0 || source->fd >= 0;
    }
    if (output->held && watch(output, output->socket, NUMBER_SOCKET) < 0)
        output->failure = errno;
    output->held = false;
}
