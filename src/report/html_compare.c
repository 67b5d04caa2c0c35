/* SPDX-License-Identifier: MIT
 * html_compare.c: see html_compare.h.
 */
#include "report/html_compare.h"

#include <inttypes.h>

#include "format/format.h"
#include "report/compare.h"

static void cell(FILE *out, const char *class, const char *text)
{
    fprintf(out, "<td%s%s%s>", *class ? " class=\"" : "", class, *class ? "\"" : "");
    markup_line(out, text);
    fputs("</td>", out);
}

static const char *string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "?";
}

static void runs(FILE *out, const json_t *comparison)
{
    static const char *const titles[] = { "before", "now" };
    static const char *const keys[] = { "workload", "seed", "started", "verdict" };
    const char *warning;
    fputs("<div class=\"scroll\"><table>\n<thead><tr><th class=\"text\">run</th>", out);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        fprintf(out, "<th class=\"text\">%s</th>", keys[k]);
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        fputs("<tr>", out);
        cell(out, "text", titles[i]);
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            cell(out, "text", string(json_array_get(json_object_get(comparison, "runs"), i),
                                     keys[k]));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
    for (size_t i = 0; (warning = compare_warning(comparison, i)); i++)
        fprintf(out, "<p class=\"note\">%s</p>\n", warning);
}

static void rates(FILE *out, const json_t *comparison)
{
    const json_t *type, *one;
    char text[64];
    size_t i, k;
    fputs("<h2>Actors</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th class=\"text\">actor</th>"
          "<th class=\"text\">measure</th><th>before</th><th>now</th><th>change</th></tr></thead>\n"
          "<tbody>\n", out);
    json_array_foreach(json_object_get(comparison, "types"), i, type)
        json_array_foreach(json_object_get(type, "measures"), k, one) {
            fputs("<tr>", out);
            cell(out, "text", string(type, "name"));
            cell(out, "text", string(one, "measure"));
            cell(out, "", compare_value(one, "before", text, sizeof text));
            cell(out, "", compare_value(one, "now", text, sizeof text));
            cell(out, "", compare_change(one, text, sizeof text));
            fputs("</tr>\n", out);
        }
    fputs("</tbody></table></div>\n", out);
}

static void findings(FILE *out, const json_t *comparison)
{
    const json_t *list = json_object_get(comparison, "findings"), *one;
    size_t i;
    fputs("<h2>Findings</h2>\n", out);
    if (json_array_size(list) == 0) {
        fputs("<p>None, before and now.</p>\n", out);
        return;
    }
    fputs("<div class=\"scroll\"><table>\n<thead><tr><th class=\"text\">it</th><th>before</th>"
          "<th>now</th><th class=\"text\">kind</th><th class=\"text\">title</th></tr></thead>\n"
          "<tbody>\n", out);
    json_array_foreach(list, i, one) {
        fputs("<tr>", out);
        cell(out, "text", string(one, "what"));
        fprintf(out, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td>", member_get_count(one, "before"),
                member_get_count(one, "now"));
        cell(out, "text", string(one, "kind"));
        cell(out, "text", string(one, "title"));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}

void report_html_compare(FILE *out, const json_t *comparison)
{
    runs(out, comparison);
    rates(out, comparison);
    findings(out, comparison);
}
