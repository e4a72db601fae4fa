/* What the HTML pages share. */
#include "report/page.h"

#include "report/words.h"

#define SERIF "Charter,\"Bitstream Charter\",Cambria,\"DejaVu Serif\",serif"
#define SANS "\"Avenir Next\",\"Segoe UI\",Cantarell,\"Noto Sans\",\"DejaVu Sans\",sans-serif"

static const char *const common[] = {
    ":root{--paper:#f6f4ee;--ink:#1d2421;--soft:#565e58;--rule:#d6d1c4;--half:#2c6e63;"
    "--most:#9cc4bb;--good:#1f6b4f;--warn:#80540a;--bad:#a8321f;--assigned:#c9862b;"
    "--confirmed:#5f8fb4;--shipped:#6aa597;--completed:#2c6e63;--cancelled:#9a968b;"
    "--superseded:#c4bfb2;--field:#fffdf8}\n",
    "@media(prefers-color-scheme:dark){:root{--paper:#141816;--ink:#e6e9e4;--soft:#a3aca5;"
    "--rule:#343b37;--half:#6fc0b0;--most:#2f5750;--good:#7ccfa6;--warn:#e0b25c;--bad:#f08b77;"
    "--assigned:#d99a44;--confirmed:#7fb0d6;--shipped:#5b9c8d;--completed:#8fd6c8;"
    "--cancelled:#6f756f;--superseded:#4b524d;--field:#1c211e}}\n",
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n",
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 " SANS
    ";font-variant-numeric:tabular-nums}\n",
    ".top,main,footer{max-width:74rem;margin:0 auto;padding:0 1.25rem}\n",
    ".top{padding-top:2.2rem}h1{font:600 1.9rem/1.15 " SERIF
    ";margin:0 0 .3rem;letter-spacing:-.01em}\n",
    "main .top{padding-left:0;padding-right:0;border-bottom:3px solid var(--ink);"
    "padding-bottom:1.2rem}.top p{margin:0;color:var(--soft)}.top "
    ".sentence{color:var(--ink);font:400 1.2rem/1.4 " SERIF
    ";max-width:46rem;margin:.2rem 0 .7rem}\n",
    "section{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:0 2rem;padding:1.5rem 0;"
    "border-bottom:1px solid var(--rule)}section:last-child{border-bottom:0}\n",
    "section h2{font:600 1.15rem/1.2 " SERIF
    ";margin:0 0 .35rem}section header p{margin:0;color:var(--soft);font-size:.86rem}\n",
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}\n",
    "caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n",
    "thead th{font-weight:400;color:var(--soft);font-size:.8rem;text-align:left;"
    "padding:0 1rem .35rem 0;vertical-align:bottom;white-space:nowrap}\n",
    "tbody th{font-weight:600;text-align:left;padding:.34rem 1rem .34rem 0;"
    "border-top:1px solid var(--rule)}\n",
    "tbody th small,td small{display:block;font-weight:400;color:var(--soft);font-size:.8rem}\n",
    "td{padding:.34rem 1rem .34rem 0;border-top:1px solid var(--rule);vertical-align:middle}"
    "tr>:last-child{padding-right:0}\n",
    "article td,article tbody th{vertical-align:top}\n",
    "td.n,th.n{white-space:nowrap;text-align:right}td.t{white-space:nowrap}"
    ".good{color:var(--good)}.warn{color:var(--warn)}"
    ".bad,.fire{color:var(--bad);font-weight:600}"
    ".fire b,.mark{border:1px solid;border-radius:2px;padding:0 .25em;font-size:.75rem;"
    "text-transform:uppercase;letter-spacing:.03em}\n",
    "code{font-size:.92em}a{color:inherit;text-decoration-color:var(--half);"
    "text-underline-offset:.15em}\n",
    ".assigned{fill:var(--assigned)}.confirmed{fill:var(--confirmed)}.shipped{fill:var(--shipped)}"
    ".completed{fill:var(--completed)}.cancelled{fill:var(--cancelled)}"
    ".superseded{fill:var(--superseded)}.track{fill:var(--rule)}.met{fill:var(--half)}"
    ".missed{fill:var(--bad)}.mark{fill:var(--ink)}.half{fill:var(--half)}.most{fill:var(--most)}"
    ".middle{fill:var(--ink)}\n",
    ".legend{color:var(--soft);font-size:.8rem;margin:.6rem 0 0}.legend span{white-space:nowrap;"
    "margin-right:.9em}.legend svg{width:.72em;height:.72em;margin-right:.35em}\n",
    "details{margin-top:.7rem}summary{cursor:pointer;color:var(--soft);font-size:.88rem}\n",
    ":focus-visible{outline:2px solid var(--half);outline-offset:2px}\n",
    ".body>p:first-child{margin-top:0}\n",
    ".timeline{list-style:none;margin:0;padding:0}.timeline>li{display:grid;"
    "grid-template-columns:4.6rem 4.4rem minmax(0,1fr);gap:0 .8rem;padding:.42rem 0;"
    "border-top:1px solid var(--rule)}.timeline>li:first-child{border-top:0;padding-top:0}\n",
    ".timeline time{font-weight:600}.timeline .gap,.timeline small{color:var(--soft)}"
    ".timeline .gap{font-size:.88rem}.timeline small,.timeline .more{display:block}"
    ".timeline .more{font-size:.92rem;overflow-wrap:anywhere}.timeline small{font-size:.76rem;"
    "overflow-wrap:anywhere}.timeline b.bad{color:var(--bad)}\n",
    ".day{font:600 .95rem/1.3 " SERIF ";margin:1.1rem 0 .5rem;border-bottom:1px solid var(--ink);"
    "padding-bottom:.25rem}.day:first-child{margin-top:0}\n",
    "dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.2rem 1.2rem;"
    "margin:0;font-size:.95rem}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;"
    "overflow-wrap:anywhere}\n",
    "footer{padding-top:1.2rem;padding-bottom:2.5rem;color:var(--soft);font-size:.86rem}\n",
    "@media(max-width:52rem){.top{padding-top:1.4rem}section{grid-template-columns:minmax(0,1fr)}"
    "section header{margin-bottom:.8rem}h1{font-size:1.5rem}.top .sentence{font-size:1.08rem}}\n",
    "@media(max-width:34rem){.timeline>li{grid-template-columns:4.6rem minmax(0,1fr)}"
    ".timeline .say{grid-column:1/-1}}\n",
    "@media print{html{font-size:70%}body{background:#fff;color:#000;font-size:1rem}"
    "section{break-inside:avoid}.top,main,footer{padding-left:0;padding-right:0}"
    ".timeline>li{break-inside:avoid}"
    ".scroll{overflow:visible}}\n",
    NULL};

void fx_page_text(struct fx_buf *b, struct fx_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '<':
			fx_buf_z(b, "&lt;");
			break;
		case '>':
			fx_buf_z(b, "&gt;");
			break;
		case '&':
			fx_buf_z(b, "&amp;");
			break;
		case '"':
			fx_buf_z(b, "&quot;");
			break;
		default:
			fx_buf_byte(b, (unsigned char)s.p[i] < 0x20 ? ' ' : s.p[i]);
		}
	}
}

void fx_page_begin(struct fx_buf *b, struct fx_str title, const char *const *css, bool script)
{
	fx_buf_z(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	            "style-src 'unsafe-inline'; img-src data:");
	fx_buf_z(b, script ? "; script-src 'unsafe-inline'\">\n" : "\">\n");
	fx_buf_z(b, "<meta name=\"color-scheme\" content=\"light dark\">\n"
	            "<meta name=\"referrer\" content=\"no-referrer\">\n"
	            "<link rel=\"icon\" href=\"data:,\">\n<title>");
	fx_page_text(b, title);
	fx_buf_z(b, "</title>\n<style>");
	for (const char *const *part = common; *part; part++)
		fx_buf_z(b, *part);
	for (; css && *css; css++)
		fx_buf_z(b, *css);
	fx_buf_z(b, "</style></head><body>\n");
}

void fx_page_end(struct fx_buf *b)
{
	fx_buf_z(b, "</body></html>\n");
}

void fx_page_number(struct fx_buf *b, uint64_t n)
{
	char s[32];
	fx_buf_z(b, fx_thousands(n, s));
}

void fx_page_lasting(struct fx_buf *b, fx_time t)
{
	char s[FX_TIME_LEN] = "\xe2\x80\x93";
	if (t != FX_TIME_NONE)
		fx_dur_format(t, s);
	fx_buf_z(b, s);
}

void fx_page_percent(struct fx_buf *b, double v)
{
	if (v < 0)
		fx_buf_z(b, "\xe2\x80\x93");
	else
		fx_buf_fmt(b, "%.1f\xe2\x80\x89%%", v * 100);
}

/* <time>, or only a dash. */
static bool begin_time(struct fx_buf *b, fx_time t, char text[FX_TIME_LEN])
{
	if (t == FX_TIME_NONE || !fx_time_format(t / FX_SEC * FX_SEC, text)) {
		fx_buf_z(b, "\xe2\x80\x93");
		return false;
	}
	fx_buf_fmt(b, "<time datetime=\"%s\">", text);
	return true;
}

void fx_page_utc(struct fx_buf *b, fx_time t)
{
	char s[FX_TIME_LEN];
	if (begin_time(b, t, s))
		fx_buf_fmt(b, "%.10s %.5s</time>", s, s + 11);
}

void fx_page_local(struct fx_buf *b, const char *format, fx_time t)
{
	char s[FX_TIME_LEN];
	if (!begin_time(b, t, s))
		return;
	fx_local(b, format, t);
	fx_buf_z(b, "</time>");
}

void fx_page_section(struct fx_buf *b, const char *of, const char *id, const char *title,
                     const char *what)
{
	fx_buf_fmt(
	    b,
	    "<section aria-labelledby=\"%s%s%s\"><header><h2 id=\"%s\">%s</h2>%s%s%s</header>"
	    "<div class=\"body\">\n",
	    of ? of : "", of ? " " : "", id, id, title, *what ? "<p>" : "", what,
	    *what ? "</p>" : "");
}

void fx_page_section_end(struct fx_buf *b)
{
	fx_buf_z(b, "</div></section>\n");
}

void fx_page_table(struct fx_buf *b, const char *caption, const char *const *head)
{
	fx_buf_z(b, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
	fx_page_text(b, fx_str(caption));
	fx_buf_z(b, ", a table\"><table><caption>");
	fx_page_text(b, fx_str(caption));
	fx_buf_z(b, "</caption><thead><tr>");
	for (; *head; head++)
		fx_buf_fmt(b, "<th scope=\"col\"%s>%s</th>", **head == '#' ? " class=\"n\"" : "",
		           **head == '#' ? *head + 1 : *head);
	fx_buf_z(b, "</tr></thead><tbody>\n");
}

void fx_page_table_end(struct fx_buf *b)
{
	fx_buf_z(b, "</tbody></table></div>\n");
}
