/* SPDX-License-Identifier: MIT
 * html_style.h: the style sheet of all pages. tests/pages.test measures what a browser makes of it.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_STYLE_H
#define REPORT_HTML_STYLE_H

extern const char report_html_style[];

#endif
