/* SPDX-License-Identifier: MIT
 * html.c: see html.h.
 */
#include "report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/compare.h"
#include "report/enumeration.h"
#include "report/html_charts.h"
#include "report/html_compare.h"
#include "report/html_crash.h"
#include "report/html_findings.h"
#include "report/html_grid.h"
#include "report/html_tables.h"
#include "report/html_tests.h"
#include "report/tests.h"
#include "report/text.h"
#include "report/timeline.h"

/* A colour has the same meaning in light and dark: see the keys of the charts. */
static const char style[] =
    ":root{color-scheme:light dark;--back:#fff;--panel:#f5f7f9;--ink:#1c2128;--soft:#59636e;"
    "--line:#d5dbe1;--good:#1a7f37;--bad:#c4202c;--odd:#8a5a00;--rate:#0b62c4;--p50:#1a7f37;"
    "--p99:#c25a00;--p999:#8240c9;--reset:#7d8791;--fault:#b07c00}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#0e1217;--panel:#171c23;--ink:#e5eaf0;"
    "--soft:#98a2ad;--line:#2f3740;--good:#46bf5f;--bad:#ff6a63;--odd:#dba73a;--rate:#5cabff;"
    "--p50:#46bf5f;--p99:#f2914a;--p999:#c196ff;--reset:#8b949e;--fault:#dba73a}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:75rem;padding:1rem;background:var(--back);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.4rem;margin:.2rem 0 .6rem}h2{font-size:1.15rem;margin:1.8rem 0 .5rem}"
    "h3{font-size:1rem;margin:.9rem 0 .4rem}small{font-weight:normal}\n"
    ".note,footer{color:var(--soft);font-size:.87rem;margin:.4rem 0}footer{margin-top:2rem}\n"
    ".verdict{border-left:.4rem solid var(--odd);background:var(--panel);padding:.6rem .9rem;"
    "border-radius:.3rem;margin:0}.verdict b{color:var(--odd);font-size:1.15rem}\n"
    ".passed{border-color:var(--good)}.passed b{color:var(--good)}"
    ".failed,.error{border-color:var(--bad)}.failed b,.error b{color:var(--bad)}\n"
    "dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));"
    "gap:.5rem 1.2rem;margin:1rem 0}dt{color:var(--soft);font-size:.82rem}dd{margin:0}\n"
    "pre,code{font:.84rem/1.4 ui-monospace,monospace}"
    "pre{background:var(--panel);border:1px solid var(--line);border-radius:.3rem;"
    "padding:.5rem .7rem;margin:.4rem 0;overflow:auto;max-height:26rem;overflow-wrap:normal}\n"
    ".scroll{overflow:auto;max-height:34rem;border:1px solid var(--line);border-radius:.3rem}\n"
    "table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums;"
    "overflow-wrap:normal}"
    "th,td{padding:.25rem .6rem;text-align:right;white-space:nowrap}"
    "th{color:var(--soft);font-weight:600;background:var(--panel);position:sticky;top:0;z-index:1}"
    "tbody tr{border-top:1px solid var(--line)}.text{text-align:left}\n"
    ".scroll td:first-child{position:sticky;left:0;background:var(--back)}"
    ".scroll th:first-child{left:0;z-index:2}\n"
    "details{margin:.4rem 0}summary{cursor:pointer;font-size:.92rem}\n"
    "article{border:1px solid var(--line);border-left:.3rem solid var(--bad);border-radius:.3rem;"
    "padding:.2rem .9rem .5rem;margin:.8rem 0}.count{color:var(--bad)}\n"
    ".stack{margin:.3rem 0;padding-left:2.4rem;font-size:.87rem}.where{color:var(--soft)}\n"
    ".chart{position:relative;margin:0 2.6rem 0 4.2rem;height:11rem}"
    ".chart svg{display:block;width:100%;height:100%;overflow:visible}"
    ".strip{height:1.3rem;margin-top:.5rem}.strip svg,.dots{background:var(--panel)}\n"
    ".values span{position:absolute;right:100%;margin-right:.5rem;transform:translateY(-50%);"
    "white-space:nowrap;font-size:.78rem;color:var(--soft)}.strip .values span{top:50%}\n"
    ".sum{position:absolute;left:100%;top:50%;transform:translateY(-50%);margin-left:.4rem;"
    "font-size:.78rem;color:var(--soft);white-space:nowrap}\n"
    ".dots{position:relative;height:100%}.dots a{position:absolute;top:.25rem;width:.8rem;"
    "height:.8rem;margin-left:-.4rem;background:var(--bad);border-radius:50%;"
    "border:2px solid var(--panel)}\n"
    ".times{position:relative;height:1.4rem;margin:.2rem 2.6rem 0 4.2rem;font-size:.78rem;"
    "color:var(--soft)}.times span{position:absolute;transform:translateX(-50%);"
    "white-space:nowrap}.times .last{transform:translateX(-80%)}\n"
    "svg .grid{color:var(--line)}svg .finding{color:var(--bad);stroke-dasharray:3 3;opacity:.7}"
    "svg path{stroke-width:1.5}svg .grid,svg .finding{stroke-width:1}\n"
    ".rate{color:var(--rate)}.p50{color:var(--p50)}.p99{color:var(--p99)}.p999{color:var(--p999)}"
    ".reset{fill:var(--reset)}.fault{fill:var(--fault)}\n"
    ".key::before{content:\"\";display:inline-block;width:1.1rem;height:.2rem;"
    "background:currentColor;vertical-align:middle;margin:0 .3rem 0 .6rem}\n"
    "@media(max-width:40rem){body{padding:.7rem;font-size:14px}.chart,.times{margin-left:3.6rem;"
    "margin-right:2.6rem}.chart{height:8.5rem}.strip{height:1.2rem}.times .odd{display:none}"
    "article{padding:.1rem .6rem .4rem}"
    "dl{grid-template-columns:repeat(auto-fill,minmax(min(100%,9rem),1fr));gap:.4rem .8rem}}\n"
    "@media print{pre{max-height:none}.scroll{overflow:visible;max-height:none}}\n";

static const char *string(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text && *text != '\0' ? text : fallback;
}

static void fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    markup_line(out, text);
    fputs("</dd></div>\n", out);
}

static char *duration(double seconds, char *text, size_t size)
{
    double ns = seconds * 1e9;
    return text_format_duration(ns > 0 && ns < 9e18 ? (uint64_t)ns : 0, text, size);
}

static void operations(FILE *out, const json_t *result)
{
    char text[256];
    fact(out, "operations",
         report_outcomes(json_object_get(result, "operations"), text, sizeof text));
}

static void resets(FILE *out, const json_t *result)
{
    char text[160], in_all[32], longest[32];
    const json_t *time = json_object_get(result, "reset_time");
    snprintf(text, sizeof text, "%" PRIu64 " in %" PRIu64 " generations; %s in all, longest %s",
             member_get_count(result, "resets"), member_get_count(result, "generations"),
             duration(member_get_real(time, "total_s"), in_all, sizeof in_all),
             duration(member_get_real(time, "max_s"), longest, sizeof longest));
    fact(out, "resets", text);
    if (member_get_count(result, "supervisors") > 1) {
        snprintf(text, sizeof text, "%" PRIu64, member_get_count(result, "supervisors"));
        fact(out, "supervisors started", text);
    }
}

static void crash_points(FILE *out, const json_t *result)
{
    char text[ENUMERATION_TEXT];
    fact(out, "crash points", enumeration_method(result, text, sizeof text));
    if (*enumeration_models(json_object_get(result, "models"), text, sizeof text))
        fact(out, "models", text);
}

/* Which share it is, or of how many it was merged. */
static void shards(FILE *out, const json_t *result)
{
    const json_t *shard = json_object_get(result, "shard");
    const json_t *fleet = json_object_get(result, "fleet");
    char text[96];
    snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64,
             shard ? member_get_count(shard, "number") : member_get_count(fleet, "complete"),
             member_get_count(shard ? shard : fleet, shard ? "count" : "shards"));
    if (shard || fleet)
        fact(out, shard ? "shard" : "shards merged", text);
}

static void facts(FILE *out, const json_t *result)
{
    char text[32];
    bool crash = enumeration_is(result);
    fputs("<dl>\n", out);
    shards(out, result);
    if (tests_are(result)) {
        fact(out, tests_subject(result), string(result, tests_subject(result), "?"));
        fact(out, "started", string(result, "started", "not recorded"));
        fact(out, "duration", duration(member_get_real(result, "duration_s"), text, sizeof text));
        fputs("</dl>\n", out);
        return;
    }
    fact(out, "workload", string(result, "workload", "?"));
    fact(out, "environment", string(result, "environment", "?"));
    fact(out, "seed", string(result, "seed", "?"));
    fact(out, "started", string(result, "started", "not recorded"));
    fact(out, crash ? "duration without faults" : "duration",
         duration(member_get_real(result, "duration_s"), text, sizeof text));
    operations(out, result);
    if (crash)
        crash_points(out, result);
    else
        resets(out, result);
    fputs("</dl>\n", out);
}

/* Only a known verdict becomes a class: the file may be forged. */
static const char *class_of(const char *verdict)
{
    static const char *const known[] = { "passed", "failed", "error" };
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(verdict, known[i]) == 0)
            return known[i];
    return "";
}

static void head(FILE *out, const json_t *result)
{
    const char *verdict = string(result, "verdict", "none yet");
    const char *named = tests_are(result) ? tests_subject(result) : "environment";
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>", out);
    markup_line(out, string(result, named, "run"));
    fputs(": ", out);
    markup_line(out, verdict);
    fprintf(out, "</title>\n<style>\n%s%s%s</style>\n</head>\n<body>\n<h1>", style,
            enumeration_is(result) || tests_are(result) ? report_html_crash_style : "",
            tests_are_matrix(result) ? report_html_grid_style : "");
    markup_line(out, string(result, named, "run"));
    fprintf(out, "</h1>\n<p class=\"verdict %s\"><b>", class_of(verdict));
    markup_line(out, verdict);
    fputs("</b> ", out);
    markup_line(out, string(result, "reason", ""));
    fputs("</p>\n", out);
}

static void run(FILE *out, int at, const json_t *result)
{
    struct timeline timeline;
    timeline_load(&timeline, at, result);
    report_html_charts(out, result, &timeline);
    report_html_findings(out, at, result, "");
    report_html_tables(out, result);
    timeline_free(&timeline);
}

int report_html(FILE *out, int at, const json_t *result)
{
    head(out, result);
    if (compare_is(result))
        report_html_compare(out, result);
    else
        facts(out, result);
    if (tests_are_matrix(result))
        report_html_grid(out, result);
    if (tests_are(result))
        report_html_tests(out, at, result);
    else if (enumeration_is(result))
        report_html_crash(out, result);
    else if (!compare_is(result))
        run(out, at, result);
    fputs("<footer>stress-supervisor ", out);
    markup_line(out, string(result, "version", "?"));
    fputs("</footer>\n</body>\n</html>\n", out);
    return ferror(out) ? -1 : 0;
}
