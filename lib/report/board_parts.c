/* The dashboard's own style and script. */
#include "report/board.h"

#include <stddef.h>

#define SERIF "Charter,\"Bitstream Charter\",Cambria,\"DejaVu Serif\",serif"
#define SANS "\"Avenir Next\",\"Segoe UI\",Cantarell,\"Noto Sans\",\"DejaVu Sans\",sans-serif"

const char *const fx_board_css[] = {
    ".headlines{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.2rem,1fr));gap:0;"
    "margin:1.6rem 0 .8rem;border-top:3px solid var(--ink);border-bottom:1px solid var(--rule)}\n",
    ".headlines div{padding:.7rem .9rem .8rem 0}.headlines "
    "dt{color:var(--soft);font-size:.86rem}\n",
    ".headlines dd{margin:0;font:600 1.75rem/1.15 " SERIF "}.headlines small,.change{display:block;"
    "font:400 .8rem/1.35 " SANS ";color:var(--soft);margin-top:.2rem}\n",
    ".headlines .change{font-size:.88rem;color:var(--ink)}.headlines .change.good{"
    "color:var(--good);font-weight:600}.headlines "
    ".change.bad{color:var(--bad);font-weight:600}.headlines .change small{display:"
    "inline;margin:0;white-space:nowrap}\n",
    ".volume{margin:0 0 .4rem}.volume svg{display:block;width:100%;height:2.75rem}"
    ".volume figcaption{display:flex;justify-content:space-between;gap:1rem;color:var(--soft);"
    "font-size:.8rem;margin-top:.25rem}\n",
    ".bar{display:block;width:100%;min-width:7rem;height:.72rem}\n",
    ".strips,.sankey{display:block;width:100%;min-width:34rem}.strips text,.sankey text{fill:"
    "var(--ink);font-size:11px}.strips text.tick{fill:var(--soft);font-size:9px;text-anchor:middle}"
    ".strips line.tick{stroke:var(--rule)}.range{stroke:var(--soft)}\n",
    ".link{fill:var(--most);opacity:.75}.link:hover{fill:var(--half)}"
    ".sankey tspan{fill:var(--soft)}\n",
    "h3{font:600 .98rem/1.3 " SERIF ";margin:1.3rem 0 .4rem}.verdict{margin:0 0 .5rem;"
    "max-width:44rem}\n",
    ".search{margin:0 0 .5rem;display:flex;gap:.6rem;align-items:center}.search input{flex:1;"
    "max-width:26rem;font:inherit;color:inherit;background:var(--field);border:1px solid "
    "var(--soft);border-radius:3px;padding:.42rem .6rem}"
    ".search input::placeholder{color:var(--soft);opacity:1}\n",
    "#count,.more{color:var(--soft);font-size:.86rem;margin:.5rem 0 .3rem}\n",
    "#hits{list-style:none;margin:0;padding:0}#hits>li{border-top:1px solid var(--rule)}\n",
    "#hits button{font:inherit;color:inherit;background:none;border:0;width:100%;text-align:left;"
    "padding:.42rem 0;cursor:pointer;display:grid;grid-template-columns:minmax(8rem,max-content) "
    "minmax(0,1fr) minmax(0,max-content);gap:.9rem}\n",
    "#hits button b{font-weight:600;overflow-wrap:anywhere}#hits .what{color:var(--soft)}"
    "#hits .late{color:var(--bad)}#hits button:hover b{text-decoration:underline}\n",
    ".story{margin:0 0 .8rem 0;padding:.2rem 0 .2rem 1rem;border-left:3px solid var(--half);"
    "font-size:.9rem;overflow-wrap:anywhere}\n",
    ".story p{margin:.2rem 0}.story ol{list-style:none;margin:.4rem 0 0;padding:0}\n",
    ".story li{display:grid;grid-template-columns:8.5rem 4.4rem minmax(0,1fr);gap:.6rem;"
    "padding:.1rem 0}.story time,.story i{color:var(--soft);font-style:normal}\n",
    "@media(max-width:40rem){.volume figcaption{flex-wrap:wrap}.volume figcaption "
    "span:nth-child(2){"
    "order:3;flex-basis:100%}}\n",
    "@media(max-width:52rem){td.o small{white-space:nowrap}#hits "
    "button{grid-template-columns:minmax(0,1fr);gap:.1rem}"
    ".story li{grid-template-columns:1fr;gap:0;padding:.25rem 0}"
    ".headlines{grid-template-columns:repeat(2,minmax(0,1fr))}.headlines dd{font-size:1.45rem}}\n",
    "@media print{.search,#hits,#count{display:none}.strips,.sankey{min-width:0}"
    ".headlines{grid-template-columns:repeat(4,minmax(0,1fr))}td.o small{white-space:normal}}\n",
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
    "var clock=new Intl.DateTimeFormat('en-GB',{day:'numeric',month:'short',hour:'2-digit',"
    "minute:'2-digit',timeZone:'UTC'});\n",
    "function at(s){return clock.format(s*1000);}\n",
    "function span(s){var m=Math.round(Math.abs(s)/60),h=Math.floor(m/60),d=Math.floor(h/24);"
    "return d?d+'d'+('0'+h%24).slice(-2)+'h':h?h+'h'+('0'+m%60).slice(-2)+'m':m+'m';}\n",
    "function state(t){return t[1]==='assigned'?'not yet confirmed':t[1];}\n",
    "list.forEach(function(o){o.key=(o.o+' '+o.x+' '+o.xo+' '+(o.c||'')+' '+o.t.map(function(t){"
    "return t.join(' ');}).join(' ')).toLowerCase();});\n",
    "function where(o){var open=o.t.filter(function(t){return t[1]==='assigned'||"
    "t[1]==='confirmed'||t[1]==='shipped';});var t=open[0]||o.t[o.t.length-1];if(!t)return '';"
    "return (o.x?o.x+(o.xo?', with '+o.xo:'')+'; ':'')+t[2]+', '+t[3]+': '+state(t)+"
    "(open.length>1?' (and '+(open.length-1)+' more)':'');}\n",
    "function story(o){var d=el('div','story');if(o.c)d.appendChild(el('p','','Customer: '+o.c));"
    "o.t.forEach(function(t){d.appendChild(el('p','',t[0]+': '+state(t)+', with '+t[2]+' since '+"
    "at(t[6])+' (flow '+t[3]+', rule '+t[4]+' version '+t[5]+')'));});\n",
    "var ol=el('ol');o.e.forEach(function(e,i){var li=el('li'),t=el('time','',at(e[0]));"
    "t.dateTime=new Date(e[0]*1000).toISOString();li.appendChild(t);"
    "li.appendChild(el('i','',i&&e[0]>o.e[i-1][0]?'+'+span(e[0]-o.e[i-1][0]):''));"
    "li.appendChild(el('span','',e[1]+(e[3]?' '+e[3]:'')+' (from '+e[2]+', entry '+e[4]+')'));"
    "ol.appendChild(li);});d.appendChild(ol);d.appendChild(el('p','more',"
    "'Times are UTC. The whole story, each entry verified: fx-trace '+o.o));return d;}\n",
    "function rank(o,want){var id=o.o.toLowerCase();return id===want||id==='#'+want?0:1;}\n",
    "function show(){var want=q.value.trim().toLowerCase();hits.textContent='';\n",
    "var found=list.filter(function(o){return !want||o.key.indexOf(want)>=0;});\n",
    "if(want)found=found.map(function(o,i){return [rank(o,want),i,o];}).sort(function(a,b){"
    "return a[0]-b[0]||a[1]-b[1];}).map(function(x){return x[2];});\n",
    "var some=found.slice(0,want?40:8);some.forEach(function(o){\n",
    "var li=el('li'),b=el('button');b.type='button';b.setAttribute('aria-expanded','false');\n",
    "b.appendChild(el('b','',o.o));b.appendChild(el('span','what',where(o)));\n",
    "if(o.due[1]){var late=o.due[1]<now;b.appendChild(el('span',late?'late':'when',"
    "o.due[0]+(late?' late by ':' in ')+span(o.due[1]-now)));}\n",
    "b.addEventListener('click',function(){var open=b.getAttribute('aria-expanded')==='true';"
    "b.setAttribute('aria-expanded',String(!open));if(open)li.removeChild(li.lastChild);"
    "else li.appendChild(story(o));});\n",
    "li.appendChild(b);hits.appendChild(li);});\n",
    "count.textContent=found.length?(found.length>some.length?some.length+' of '+found.length+"
    "' shown':found.length+' found'):'No order here is called that: fx-trace '+q.value+"
    "' asks the ledger.';}\n",
    "function named(){if(location.hash.length<2)return;"
    "try{q.value=decodeURIComponent(location.hash.slice(1));}catch(e){return;}"
    "show();if(hits.firstChild){hits.firstChild.firstChild.click();"
    "hits.firstChild.firstChild.focus();}}\n",
    "q.addEventListener('input',show);window.addEventListener('hashchange',named);show();named();"
    "\n",
    "})();\n",
    NULL};
