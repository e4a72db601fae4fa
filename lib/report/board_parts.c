/* The dashboard's style sheet and script. */
#include "report/board.h"

#include <stddef.h>

const char *const fx_board_css[] = {
    ":root{--paper:#f6f4ee;--ink:#1d2421;--soft:#565e58;--rule:#d6d1c4;--half:#2c6e63;--most:#"
    "9cc4bb;"
    "--good:#1f6b4f;--warn:#8a5a00;--bad:#a8321f;--assigned:#c9862b;--confirmed:#5f8fb4;"
    "--shipped:#6aa597;--completed:#2c6e63;--cancelled:#9a968b;--superseded:#c4bfb2;--field:#"
    "fffdf8}\n",
    "@media(prefers-color-scheme:dark){:root{--paper:#141816;--ink:#e6e9e4;--soft:#a3aca5;"
    "--rule:#343b37;--half:#6fc0b0;--most:#2f5750;--good:#7ccfa6;--warn:#e0b25c;--bad:#f08b77;"
    "--assigned:#d99a44;--confirmed:#7fb0d6;--shipped:#5b9c8d;--completed:#8fd6c8;--cancelled:#"
    "6f756f;"
    "--superseded:#4b524d;--field:#1c211e}}\n",
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}\n",
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 \"Avenir Next\",\"Segoe "
    "UI\","
    "Cantarell,\"Noto Sans\",\"DejaVu Sans\",sans-serif;font-variant-numeric:tabular-nums}\n",
    ".top,main,footer{max-width:74rem;margin:0 auto;padding:0 1.25rem}\n",
    ".top{padding-top:2.2rem}h1{font:600 1.9rem/1.15 Charter,\"Bitstream Charter\",Cambria,"
    "\"DejaVu Serif\",serif;margin:0 0 .3rem;letter-spacing:-.01em}\n",
    ".top p{margin:0;color:var(--soft)}\n",
    ".headlines{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.2rem,1fr));gap:0;"
    "margin:1.8rem 0 .5rem;border-top:3px solid var(--ink);border-bottom:1px solid var(--rule)}\n",
    ".headlines div{padding:.7rem .9rem .8rem 0}.headlines "
    "dt{color:var(--soft);font-size:.86rem}\n",
    ".headlines dd{margin:0;font:600 1.75rem/1.15 Charter,\"Bitstream Charter\",Cambria,\"DejaVu "
    "Serif\","
    "serif}.headlines small{display:block;font:400 .8rem/1.35 \"Avenir Next\",\"Segoe "
    "UI\",Cantarell,"
    "\"Noto Sans\",\"DejaVu Sans\",sans-serif;color:var(--soft);margin-top:.2rem}\n",
    "section{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:0 2rem;padding:1.5rem 0;"
    "border-bottom:1px solid var(--rule)}\n",
    "section h2{font:600 1.15rem/1.2 Charter,\"Bitstream Charter\",Cambria,\"DejaVu "
    "Serif\",serif;margin:0 0 "
    ".35rem}section header p{margin:0;color:var(--soft);font-size:.86rem}\n",
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}\n",
    "caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n",
    "thead th{font-weight:400;color:var(--soft);font-size:.8rem;text-align:left;padding:0 .9rem "
    ".35rem 0;"
    "vertical-align:bottom;white-space:nowrap}\n",
    "tbody th{font-weight:600;text-align:left;padding:.34rem .9rem .34rem 0;border-top:1px solid "
    "var(--rule)}\n",
    "tbody th small{display:block;font-weight:400;color:var(--soft);font-size:.78rem}\n",
    "td{padding:.34rem .9rem .34rem 0;border-top:1px solid var(--rule);vertical-align:middle}\n",
    "td.n{white-space:nowrap}.good{color:var(--good)}.warn{color:var(--warn)}.bad,.fire{color:var(-"
    "-bad);"
    "font-weight:600}.fire b{border:1px solid;border-radius:2px;padding:0 .25em;font-size:.75rem;"
    "text-transform:uppercase;letter-spacing:.03em}\n",
    ".bar{display:block;width:100%;min-width:7rem;height:.72rem}\n",
    ".assigned{fill:var(--assigned)}.confirmed{fill:var(--confirmed)}.shipped{fill:var(--shipped)}"
    ".completed{fill:var(--completed)}.cancelled{fill:var(--cancelled)}.superseded{fill:var(--"
    "superseded)}"
    ".track{fill:var(--rule)}.met{fill:var(--half)}.missed{fill:var(--bad)}.mark{fill:var(--ink)}"
    ".half{fill:var(--half)}.most{fill:var(--most)}.middle{fill:var(--ink)}\n",
    ".strips{display:block;width:100%;min-width:34rem}.strips text{fill:var(--ink);font-size:11px}"
    ".strips text.tick{fill:var(--soft);font-size:9px;text-anchor:middle}"
    ".strips line.tick{stroke:var(--rule)}"
    ".range{stroke:var(--soft)}\n",
    ".legend{color:var(--soft);font-size:.8rem;margin:.6rem 0 0}.legend span{white-space:nowrap;"
    "margin-right:.9em}.legend svg{width:.72em;height:.72em;margin-right:.35em}\n",
    "details{margin-top:.7rem}summary{cursor:pointer;color:var(--soft);font-size:.88rem}\n",
    ".search{margin:0 0 .5rem;display:flex;gap:.6rem;align-items:center}.search "
    "input{flex:1;max-width:26rem;"
    "font:inherit;color:inherit;background:var(--field);border:1px solid "
    "var(--soft);border-radius:3px;"
    "padding:.42rem .6rem}\n",
    ":focus-visible{outline:2px solid var(--half);outline-offset:2px}\n",
    ".body>p:first-child{margin-top:0}#count,.more{color:var(--soft);font-size:.86rem;margin:.3rem "
    "0}\n",
    "#hits{list-style:none;margin:0;padding:0}#hits>li{border-top:1px solid var(--rule)}\n",
    "#hits button{font:inherit;color:inherit;background:none;border:0;width:100%;text-align:left;"
    "padding:.42rem 0;cursor:pointer;display:grid;grid-template-columns:minmax(8rem,max-content) "
    "1fr auto;gap:.9rem}\n",
    "#hits button b{font-weight:600;overflow-wrap:anywhere}#hits .what{color:var(--soft)}#hits "
    ".late{color:var(--bad)}\n",
    "#hits button:hover b{text-decoration:underline}\n",
    ".story{margin:0 0 .8rem 0;padding:.2rem 0 .2rem 1rem;border-left:3px solid "
    "var(--half);font-size:.9rem}\n",
    ".story p{margin:.2rem 0}.story ol{list-style:none;margin:.4rem 0 0;padding:0}\n",
    ".story li{display:grid;grid-template-columns:9.5rem 5rem 1fr;gap:.6rem;padding:.1rem 0}\n",
    ".story time,.story i{color:var(--soft);font-style:normal}\n",
    "footer{padding-top:1.2rem;padding-bottom:2.5rem;color:var(--soft);font-size:.86rem}\n",
    "@media(max-width:52rem){section{grid-template-columns:minmax(0,1fr)}section "
    "header{margin-bottom:.8rem}"
    "#hits button{grid-template-columns:minmax(0,1fr);gap:.1rem}"
    ".story li{grid-template-columns:1fr;gap:0;padding:.25rem 0}h1{font-size:1.5rem}"
    ".headlines{grid-template-columns:repeat(2,minmax(0,1fr))}.headlines dd{font-size:1.45rem}}\n",
    "@media print{body{background:#fff;color:#000;font-size:11px}section{break-inside:avoid}"
    ".search,#hits,#count{display:none}.scroll{overflow:visible}.strips{min-width:0}}\n",
    NULL};

/* Text reaches the page by textContent alone. */
const char *const fx_board_js[] = {
    "'use strict';(function(){\n",
    "var list=JSON.parse(document.getElementById('list').textContent);\n",
    "var now=Date.parse(JSON.parse(document.getElementById('figures').textContent).now)/1000;\n",
    "var q=document.getElementById('q'),hits=document.getElementById('hits'),"
    "count=document.getElementById('count');\n",
    "function el(tag,cls,text){var e=document.createElement(tag);if(cls)e.className=cls;"
    "if(text!==undefined)e.textContent=text;return e;}\n",
    "function at(s){return new Date(s*1000).toLocaleString(undefined,{day:'numeric',month:'short',"
    "hour:'2-digit',minute:'2-digit'});}\n",
    "function span(s){var m=Math.round(Math.abs(s)/60),h=Math.floor(m/60),d=Math.floor(h/24);"
    "return d?d+'d'+h%24+'h':h?h+'h'+('0'+m%60).slice(-2)+'m':m+'m';}\n",
    "list.forEach(function(o){o.key=(o.o+' '+o.x+' '+o.xo+' '+o.t.map(function(t){return t.join(' "
    "');})"
    ".join(' ')).toLowerCase();});\n",
    "function where(o){var open=o.t.filter(function(t){return "
    "t[1]==='assigned'||t[1]==='confirmed'||"
    "t[1]==='shipped';});var t=open[0]||o.t[o.t.length-1];if(!t)return '';"
    "var s=t[1]==='assigned'?'not yet confirmed':t[1];"
    "return (o.x?o.x+(o.xo?', with '+o.xo:'')+'; ':'')+t[2]+', '+t[3]+': '+s+"
    "(open.length>1?' (and '+(open.length-1)+' more)':'');}\n",
    "function story(o){var d=el('div','story');o.t.forEach(function(t){"
    "d.appendChild(el('p','',t[0]+': '+(t[1]==='assigned'?'not yet confirmed':t[1])+', with '+t[2]+"
    "' since '+at(t[6])+' (flow '+t[3]+', rule '+t[4]+' version '+t[5]+')'));});\n",
    "var ol=el('ol');o.e.forEach(function(e,i){var li=el('li'),t=el('time','',at(e[0]));"
    "t.dateTime=new Date(e[0]*1000).toISOString();li.appendChild(t);"
    "li.appendChild(el('i','',i&&e[0]>o.e[i-1][0]?'+'+span(e[0]-o.e[i-1][0]):''));"
    "li.appendChild(el('span','',e[1]+(e[3]?' '+e[3]:'')+' (from '+e[2]+', entry '+e[4]+')'));"
    "ol.appendChild(li);});d.appendChild(ol);return d;}\n",
    "function show(){var want=q.value.trim().toLowerCase(),n=0,found=0;hits.textContent='';\n",
    "list.forEach(function(o){if(want&&o.key.indexOf(want)<0)return;found++;if(n>=(want?40:8))"
    "return;n++;\n",
    "var li=el('li'),b=el('button');b.type='button';b.setAttribute('aria-expanded','false');\n",
    "b.appendChild(el('b','',o.o));b.appendChild(el('span','what',where(o)));\n",
    "if(o.due[1]){var late=o.due[1]<now;b.appendChild(el('span',late?'late':'when',"
    "o.due[0]+(late?' late by ':' in ')+span(o.due[1]-now)));}\n",
    "b.addEventListener('click',function(){var open=b.getAttribute('aria-expanded')==='true';"
    "b.setAttribute('aria-expanded',String(!open));if(open)li.removeChild(li.lastChild);"
    "else li.appendChild(story(o));});\n",
    "li.appendChild(b);hits.appendChild(li);});\n",
    "count.textContent=found?(found>n?n+' of '+found+' shown':found+' found'):"
    "'No order here is called that: fx-trace '+q.value+' asks the ledger.';}\n",
    "q.addEventListener('input',show);show();\n",
    "if(location.hash.length>1){q.value=decodeURIComponent(location.hash.slice(1));show();"
    "if(hits.firstChild)hits.firstChild.firstChild.click();}\n",
    "})();\n",
    NULL};
