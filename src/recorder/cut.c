/* SPDX-License-Identifier: MIT
 * cut.c: see cut.h.
 */
#include "recorder/cut.h"

#include <dirent.h>
#include <stdio.h>

#include "recorder/step.h"

void cut_begin(struct recorder *recorder, pid_t process, struct inode *node)
{
    if (node->cut_by != 0)
        return;
    node->cut_by = process;
    node->next_cut = recorder->cut;
    recorder->cut = node;
}

void cut_forget(struct recorder *recorder, struct inode *node)
{
    for (struct inode **at = &recorder->cut; *at; at = &(*at)->next_cut)
        if (*at == node) {
            *at = node->next_cut;
            break;
        }
    node->cut_by = 0;
}

/* Has the process a descriptor of the file? */
static bool holds(pid_t process, const struct inode *node)
{
    char path[64];
    struct stat status;
    const struct dirent *entry;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process);
    DIR *list = opendir(path);
    while (list && !found && (entry = readdir(list)))
        found = fstatat(dirfd(list), entry->d_name, &status, 0) == 0 &&
                status.st_ino == node->inode && status.st_dev == node->device;
    if (list)
        closedir(list);
    return found;
}

void cut_closed(struct recorder *recorder, pid_t process, bool ended)
{
    struct inode **at = &recorder->cut;
    while (*at) {
        struct inode *node = *at;
        if (node->cut_by != process || (!ended && holds(process, node))) {
            at = &node->next_cut;
            continue;
        }
        step_put(recorder, node, &(struct recording_step){
            .kind = RECORDING_CLOSE, .call = RECORDING_NONE, .node = node->number });
        node->cut_by = 0;
        *at = node->next_cut;
    }
}
