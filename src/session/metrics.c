/* SPDX-License-Identifier: MIT
 * metrics.c: see metrics.h.
 */
#include "session/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "report/report.h"
#include "session/orders.h"

static const uint64_t metrics_spacing_ns = 5 * CLOCK_SECOND;

/* ---- the content ------------------------------------------------------------------------- */

static void begin(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP stress_%s %s\n# TYPE stress_%s %s\n", name, help, name, type);
}

/* Prints NAME="VALUE" with the escapes that the format requires. */
static void label(FILE *out, const char *name, const json_t *object, const char *key)
{
    char text[256];
    fprintf(out, "%s=\"", name);
    member_get_text(object, key, "", text, sizeof text);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

static void print_info(FILE *out, const json_t *result)
{
    static const char *const labels[] = { "version", "workload", "environment", "seed" };
    static const char *const verdicts[] = { "passed", "failed", "error", "skipped",
                                            "interrupted" };
    const char *verdict = json_string_value(json_object_get(result, "verdict"));
    begin(out, "info", "gauge", "The program and what it runs.");
    fputs("stress_info{", out);
    for (unsigned i = 0; i < sizeof labels / sizeof *labels; i++) {
        fputs(i ? "," : "", out);
        label(out, labels[i], result, labels[i]);
    }
    fputs("} 1\n", out);
    begin(out, "running", "gauge", "1 until the run has ended.");
    fprintf(out, "stress_running %d\n", json_is_true(json_object_get(result, "complete")) ? 0 : 1);
    begin(out, "verdict", "gauge", "1 for the verdict of a run that has ended.");
    for (unsigned i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
        fprintf(out, "stress_verdict{verdict=\"%s\"} %d\n", verdicts[i],
                verdict && strcmp(verdict, verdicts[i]) == 0);
}

static void print_sums(FILE *out, const json_t *result)
{
    static const struct {
        const char *name, *type, *help, *key;
    } counts[] = {
        { "generations", "gauge", "Generations begun.", "generations" },
        { "resets_total", "counter", "Resets of the environment.", "resets" },
        { "supervisors_total", "counter", "Supervisors started.", "supervisors" },
        { "server_deaths_total", "counter", "Deaths of servers under test.", "server_deaths" },
    };
    const json_t *time = json_object_get(result, "reset_time");
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        begin(out, counts[i].name, counts[i].type, counts[i].help);
        fprintf(out, "stress_%s %" PRIu64 "\n", counts[i].name,
                member_get_count(result, counts[i].key));
    }
    begin(out, "reset_seconds_total", "counter", "Time spent in resets.");
    fprintf(out, "stress_reset_seconds_total %.6f\n", member_get_real(time, "total_s"));
    begin(out, "reset_seconds_max", "gauge", "The longest reset.");
    fprintf(out, "stress_reset_seconds_max %.6f\n", member_get_real(time, "max_s"));
    begin(out, "duration_seconds", "gauge", "Time since the start of the run, or to its end.");
    fprintf(out, "stress_duration_seconds %.6f\n", member_get_real(result, "duration_s"));
}

static void print_operations(FILE *out, const json_t *types)
{
    static const char *const outcomes[] = { "counted", "uncounted", "failed", "resets",
                                            "indeterminate" };
    size_t n = json_array_size(types);
    begin(out, "operations_total", "counter", "Operations by actor type and outcome.");
    for (size_t i = 0; i < n; i++)
        for (unsigned o = 0; o < sizeof outcomes / sizeof *outcomes; o++) {
            fputs("stress_operations_total{", out);
            label(out, "actor", json_array_get(types, i), "name");
            fprintf(out, ",outcome=\"%s\"} %" PRIu64 "\n", outcomes[o],
                    member_get_count(json_array_get(types, i), outcomes[o]));
        }
    begin(out, "restarts_total", "counter", "Restarts by actor type.");
    for (size_t i = 0; i < n; i++) {
        fputs("stress_restarts_total{", out);
        label(out, "actor", json_array_get(types, i), "name");
        fprintf(out, "} %" PRIu64 "\n", member_get_count(json_array_get(types, i), "restarts"));
    }
}

static void print_latencies(FILE *out, const json_t *types)
{
    static const struct {
        const char *quantile, *key;
    } points[] = { { "0.5", "p50" }, { "0.9", "p90" }, { "0.99", "p99" }, { "0.999", "p999" },
                   { "1", "max" } };
    begin(out, "operation_seconds", "summary", "Latency of counted operations since the start.");
    for (size_t i = 0; i < json_array_size(types); i++) {
        const json_t *type = json_array_get(types, i);
        for (unsigned p = 0; p < sizeof points / sizeof *points; p++) {
            fputs("stress_operation_seconds{", out);
            label(out, "actor", type, "name");
            fprintf(out, ",quantile=\"%s\"} %.9f\n", points[p].quantile,
                    (double)member_get_count(json_object_get(type, "latency_ns"), points[p].key) /
                        1e9);
        }
        fputs("stress_operation_seconds_count{", out);
        label(out, "actor", type, "name");
        fprintf(out, "} %" PRIu64 "\n", member_get_count(type, "counted"));
    }
}

static void print_findings(FILE *out, const json_t *findings)
{
    uint64_t distinct[FINDING_KINDS] = { 0 }, count[FINDING_KINDS] = { 0 };
    char kind[64];
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        member_get_text(finding, "kind", "", kind, sizeof kind);
        for (unsigned k = 0; k < FINDING_KINDS; k++)
            if (strcmp(kind, wire_finding_kind_name((enum wire_finding_kind)k)) == 0) {
                distinct[k]++;
                count[k] += member_get_count(finding, "count");
            }
    }
    begin(out, "findings", "gauge", "Distinct findings by kind.");
    for (unsigned k = 0; k < FINDING_KINDS; k++)
        fprintf(out, "stress_findings{kind=\"%s\"} %" PRIu64 "\n",
                wire_finding_kind_name((enum wire_finding_kind)k), distinct[k]);
    begin(out, "finding_occurrences_total", "counter", "Occurrences of findings by kind.");
    for (unsigned k = 0; k < FINDING_KINDS; k++)
        fprintf(out, "stress_finding_occurrences_total{kind=\"%s\"} %" PRIu64 "\n",
                wire_finding_kind_name((enum wire_finding_kind)k), count[k]);
}

void metrics_print(FILE *out, const json_t *result)
{
    const json_t *types = json_object_get(result, "types");
    print_info(out, result);
    print_sums(out, result);
    print_operations(out, types);
    print_latencies(out, types);
    print_findings(out, json_object_get(result, "findings"));
}

/* ---- the file ---------------------------------------------------------------------------- */

static int temporary_of(const char *path, char *name, size_t size, struct error *error)
{
    char shown[256];
    text_copy(shown, sizeof shown, path);
    if (snprintf(name, size, "%s.tmp", path) < (int)size)
        return 0;
    return error_set(error, ENAMETOOLONG, "cannot write metrics to '%s'", shown);
}

static int open_temporary(const char *name, const char *path, struct error *error)
{
    char shown[256];
    struct stat status;
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    text_copy(shown, sizeof shown, path);
    if (fd < 0)
        return error_set(error, errno, "cannot write metrics to '%s'", shown);
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        fd_close(&fd);
        unlink(name);
        return error_set(error, 0, "cannot write metrics to '%s': not a regular file", shown);
    }
    return fd;
}

int metrics_open(struct metrics *metrics, const char *path, struct error *error)
{
    char name[PATH_MAX];
    *metrics = (struct metrics){ .path = path, .next_ns = path ? 0 : CLOCK_NEVER };
    if (!path)
        return 0;
    if (temporary_of(path, name, sizeof name, error) < 0)
        return -1;
    int fd FD_CLEANUP = open_temporary(name, path, error);
    if (fd < 0)
        return -1;
    unlink(name);
    return 0;
}

static char *content(const struct record *record, size_t *ret_size)
{
    char *text = NULL;
    json_t *result = record_result(record);
    FILE *out = result ? open_memstream(&text, ret_size) : NULL;
    if (out)
        metrics_print(out, result);
    bool whole = out && !ferror(out);
    if (out && fclose(out) != 0)
        whole = false;
    json_decref(result);
    if (whole)
        return text;
    free(text);
    return NULL;
}

static int put(const char *path, const struct record *record, struct error *error)
{
    char name[PATH_MAX], shown[256];
    size_t size = 0;
    text_copy(shown, sizeof shown, path);
    if (temporary_of(path, name, sizeof name, error) < 0)
        return -1;
    char *text = content(record, &size);
    if (!text)
        return error_set(error, ENOMEM, "cannot make the metrics for '%s'", shown);
    int fd FD_CLEANUP = open_temporary(name, path, error), status = fd < 0 ? -1 : 0;
    if (status == 0 && (fd_write_all(fd, text, size) != 0 || rename(name, path) != 0)) {
        status = error_set(error, errno, "cannot write metrics to '%s'", shown);
        unlink(name);
    }
    free(text);
    return status;
}

void metrics_tick(struct metrics *metrics, const struct record *record, struct rundir *rundir)
{
    struct error error;
    if (!metrics->path)
        return;
    if (put(metrics->path, record, &error) < 0) {
        rundir_fail(rundir, &error);
        metrics->path = NULL; /* one failure is enough */
    }
    metrics->next_ns = metrics->path ? clock_now() + metrics_spacing_ns : CLOCK_NEVER;
}
