/* SPDX-License-Identifier: MIT
 * cover.c: see cover.h.
 */
#include "session/cover.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const char *disk_of(const struct session *session)
{
    return session->orders ? session->orders->disk : NULL;
}

const char *session_cover_path(const struct session *session)
{
    const char *disk = disk_of(session);
    return disk ? disk : session->scratch.path;
}

/* Does the scratch directory lie there already? */
static bool is_covered(const struct session *session, const char *disk)
{
    struct stat one, other;
    return stat(session->scratch.path, &one) == 0 && stat(disk, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

int session_cover(struct session *session, struct error *error)
{
    const char *disk = disk_of(session);
    if (!disk || is_covered(session, disk))
        return 0;
    session_uncover(session);
    if (mount(session->scratch.path, disk, NULL, MS_BIND, NULL) < 0)
        return error_set(error, errno, "cannot put the disk over %.500s", disk);
    session->covers = true;
    return 0;
}

void session_uncover(struct session *session)
{
    if (session->covers)
        umount2(disk_of(session), MNT_DETACH);
    session->covers = false;
}
