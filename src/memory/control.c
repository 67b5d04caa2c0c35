/* SPDX-License-Identifier: MIT
 * control.c: see control.h.
 */
#include "memory/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static uint64_t page_size(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

int memory_create(const char *name, uint64_t size, struct error *error)
{
    if (size == 0 || size > DEFINITION_BYTES)
        return error_set(error, 0, "cannot make the %s memory: %llu bytes is out of range",
                         name, (unsigned long long)size);
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return error_set(error, errno, "cannot make the %s memory", name);
    if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
        error_set(error, errno, "cannot size the %s memory to %llu bytes (ulimit -f limits it)",
                  name, (unsigned long long)size);
        close(fd);
        return -1;
    }
    return fd;
}

int memory_clear(int fd, uint64_t size, struct error *error)
{
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size) < 0)
        return error_set(error, errno, "cannot clear the shared memory");
    return 0;
}

/* Far from everything else, so that a later supervisor finds the same addresses free. The kernel
 * itself would choose addresses among the libraries, which move from process to process. A hint:
 * the kernel may choose others. */
static uint64_t memory_hint = sizeof(void *) > 4 ? UINT64_C(0x200000000000) : 0x20000000;

void *memory_map(int fd, uint64_t size, bool writable, uint64_t address, struct error *error)
{
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &status) < 0 || status.st_size < 0 ||
        (uint64_t)status.st_size != size) {
        error_set(error, 0, "cannot map a shared memory: its size or its seals are wrong");
        return NULL;
    }
    if (size > SIZE_MAX || address > UINTPTR_MAX) { /* on 32-bit machines */
        error_set(error, 0, "cannot map %llu bytes of shared memory: too many for this machine",
                  (unsigned long long)size);
        return NULL;
    }
    void *at = mmap((void *)(uintptr_t)(address ? address : memory_hint), (size_t)size,
                    writable ? PROT_READ | PROT_WRITE : PROT_READ,
                    MAP_SHARED | (address ? MAP_FIXED_NOREPLACE : 0), fd, 0);
    if (at == MAP_FAILED) {
        error_set(error, errno, "cannot map %llu bytes of shared memory%s",
                  (unsigned long long)size, address ? " at their previous address" : "");
        return NULL;
    }
    if ((uintptr_t)at >= memory_hint)
        memory_hint = (uintptr_t)at + (size + page_size() - 1) / page_size() * page_size();
    return at;
}

int control_format(int fd, const struct definition *definition, uint64_t seed, bool limited,
                   uint64_t time_limit_ns, struct error *error)
{
    struct layout_plan plan;
    uint32_t n_actors = definition_actors(definition);
    layout_plan(n_actors, page_size(), &plan);
    struct layout_header *header = memory_map(fd, plan.size, true, 0, error);
    if (!header)
        return -1;
    *header = (struct layout_header){
        .magic = LAYOUT_MAGIC, .version = LAYOUT_VERSION, .n_actors = n_actors, .size = plan.size,
        .seed = seed, .limited = limited, .ledgers = plan.ledgers, .servers = plan.servers,
        .breaks = plan.breaks, .slots = plan.slots, .slot_stride = plan.slot_stride,
        .order = plan.order };
    const struct control control = { .header = header, .size = plan.size, .plan = plan };
    for (uint32_t i = 0; i < n_actors; i++) {
        struct layout_ledger *ledger = control_ledger(&control, i);
        const struct definition_type *type = definition_type_of(definition, i, &ledger->index);
        ledger->type = (uint32_t)(type - definition->types);
    }
    header->time_limit_ns = time_limit_ns;
    munmap(header, (size_t)plan.size);
    return 0;
}

int control_attach(struct control *control, int fd, uint64_t size, struct error *error)
{
    char path[64];
    control->fd_readonly = -1;
    control->fd = fd_raise(fd);
    if (control->fd < 0)
        return error_set(error, errno, "cannot keep the control memory open");
    snprintf(path, sizeof path, "/proc/self/fd/%d", control->fd);
    control->fd_readonly = fd_raise(open(path, O_RDONLY | O_CLOEXEC));
    if (control->fd_readonly < 0)
        return error_set(error, errno, "cannot open the control memory for reading");
    void *base = memory_map(control->fd, size, true, 0, error);
    if (!base)
        return -1;
    /* A runner maps its own view here: a fork need not copy this one. */
    if (madvise(base, (size_t)size, MADV_DONTFORK) < 0) {
        munmap(base, (size_t)size);
        return error_set(error, errno, "cannot keep the control memory from runners");
    }
    control->header = base;
    control->size = size;
    return 0;
}

int control_check(struct control *control, const struct definition *definition,
                  struct error *error)
{
    const struct layout_header *header = control->header;
    struct layout_plan plan;
    layout_plan(definition_actors(definition), page_size(), &plan);
    if (header->magic != LAYOUT_MAGIC || header->version != LAYOUT_VERSION)
        return error_set(error, 0, "cannot use the control memory: it is of another version");
    if (plan.size != control->size || header->size != plan.size ||
        header->n_actors != definition_actors(definition) || header->ledgers != plan.ledgers ||
        header->servers != plan.servers || header->breaks != plan.breaks ||
        header->slots != plan.slots || header->slot_stride != plan.slot_stride ||
        header->order != plan.order)
        return error_set(error, 0, "cannot use the control memory: it does not fit the actors");
    control->plan = plan;
    return 0;
}

static void *at(const struct control *control, uint64_t offset)
{
    return (unsigned char *)control->header + offset;
}

struct layout_ledger *control_ledger(const struct control *control, uint32_t actor)
{
    struct layout_ledger *ledgers = at(control, control->plan.ledgers);
    return &ledgers[actor];
}

struct layout_slot *control_slot(const struct control *control, uint32_t actor)
{
    return at(control, control->plan.slots + actor * control->plan.slot_stride);
}

struct layout_logged *control_log(const struct control *control, uint32_t actor)
{
    const struct layout_plan *plan = &control->plan;
    return at(control, plan->slots + actor * plan->slot_stride + plan->log);
}

struct layout_note *control_notes(const struct control *control, uint32_t actor)
{
    const struct layout_plan *plan = &control->plan;
    return at(control, plan->slots + actor * plan->slot_stride + plan->notes);
}

struct order *control_order(const struct control *control)
{
    return at(control, control->plan.order);
}

struct layout_server *control_server(const struct control *control, uint32_t server)
{
    struct layout_server *servers = at(control, control->plan.servers);
    return &servers[server];
}

layout_break *control_breaks(const struct control *control)
{
    return at(control, control->plan.breaks);
}

uint64_t memory_state_stride(uint64_t state_size)
{
    uint64_t page = page_size();
    return (state_size + page - 1) / page * page;
}

uint64_t memory_state_offset(const struct definition *definition, uint32_t actor)
{
    uint64_t offset = 0;
    for (uint32_t i = 0; i < definition->n_types; i++) {
        const struct definition_type *type = &definition->types[i];
        uint32_t n = actor < type->count ? actor : type->count;
        offset += n * memory_state_stride(type->state_size);
        actor -= n;
    }
    return offset;
}
