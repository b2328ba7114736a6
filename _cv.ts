import { loadCommands } from './commands/index.js';
import { NOTHING } from './commands/plain/nothing.js';
import { phraseWords } from './commands/plain/sentence.js';
import { PorterStemmer } from 'natural/lib/natural/stemmers/index.js';
import { isFill } from './commands/words/fill.js';
const commands = await loadCommands();
type Ex={words:string[];label:string};
const ex: Ex[] = commands.flatMap(c=>(c.plain??[]).flatMap((p,i)=>p.phrases.map(x=>({words:phraseWords(x),label:`${c.name}:${i}`})))).concat(NOTHING.map(x=>({words:phraseWords(x),label:'none'})));
const st=(w:string)=>w.startsWith('{')?w:PorterStemmer.stem(w);
function feats(words:string[],o:any){const s=words.map(st);const f=new Set<string>();s.forEach((w,i)=>{ f.add(w); if(o.bi) f.add(`${s[i-1]??'^'} ${w}`); if(o.skip&&i>1) f.add(`${s[i-2]}_${w}`);}); if(o.tri){const j=s.join(' ');for(let i=0;i+4<=j.length;i++)f.add('#'+j.slice(i,i+4));} return f;}
function nb(tr:{f:Set<string>,label:string}[],o:any){const cnt=new Map<string,Map<string,number>>(),tot=new Map<string,number>();const df=new Map<string,number>();
 for(const d of tr)for(const f of d.f)df.set(f,(df.get(f)??0)+1);
 for(const d of tr){tot.set(d.label,(tot.get(d.label)??0)+1);let m=cnt.get(d.label);if(!m)cnt.set(d.label,m=new Map());for(const f of d.f)m.set(f,(m.get(f)??0)+1);}
 return (fs:Set<string>)=>[...tot].map(([l,n])=>{let s=o.prior*Math.log(n/tr.length);for(const f of fs){ const d=df.get(f)??0; if(d<(f.includes(' ')||f.includes('_')?o.minbi:1))continue; const w=(f.includes(' ')||f.includes('_'))?o.wbi:1; s+=w*Math.log(((cnt.get(l)!.get(f)??0)+o.sm)/(n+o.sm*2));} return {l,s};}).sort((a,b)=>b.s-a.s);}
function cos(tr:{f:Set<string>,label:string}[],o:any){const df=new Map<string,number>();for(const d of tr)for(const f of d.f)df.set(f,(df.get(f)??0)+1);const N=tr.length;const w=(f:string)=>(f.includes(' ')?o.wc:1)*(Math.log(N/((df.get(f)??0)+.5))+.1)*(isFill(f)?o.fill:1);
 const size=(s:Set<string>)=>Math.sqrt([...s].reduce((a,f)=>a+w(f)**2,0));const sz=tr.map(d=>size(d.f));
 return (fs:Set<string>)=>{const z=size(fs);const best=new Map<string,number[]>();tr.forEach((d,i)=>{let s=0;for(const f of fs)if(d.f.has(f))s+=w(f)**2;const v=s/(z*sz[i]);let a=best.get(d.label);if(!a)best.set(d.label,a=[]);a.push(v);});
  return new Map([...best].map(([l,a])=>{a.sort((x,y)=>y-x);let s=0;for(let i=0;i<o.k;i++)s+=(a[i]??0)*(i?o.dk:1);return [l,s];}));};}

const CON: Record<string,string> = {};
for (const [k,v] of Object.entries({SHOW:'show list display give see view print',WHO:'anybody somebody anyone someone nobody who',WORK:'handle work own take deal busy handling working owns owner',REFUSE:'refused rejected dropped failed unreadable parse unparsed lost discarded reject refuse drop fail',HIDE:'noise noisy silence mute suppress hide ignore filter whitelist allowlist exception exceptions tune suppressed tuned',OPEN:'open unresolved outstanding pending waiting',AGAIN:'again back reopen undo restore',WORKS:'working work healthy health up alive ok fine running',CUST:'customer client tenant company',NOTE:'note notes comment remark write',TELL:'tell explain describe details about',CALL:'call called notify notified page paged told informed woken',SEND:'send sent posted post',RULE:'rule rules detection detections',DETECT:'detect detects detecting cover covers catch look looks find'})) for (const w of v.split(' ')) CON[w]=k;
function run(o:any,p:any){let r=0,c=0;for(let k=0;k<5;k++){const seen=new Map<string,number>();const tr:any[]=[],te:any[]=[];for(const e of ex){const i=seen.get(e.label)??0;seen.set(e.label,i+1);const con=e.words.flatMap(w=>CON[w]?[CON[w]!]:[]);const f=feats(e.words,o),g=feats(e.words,p);if(o.con)con.forEach(x=>f.add('@'+x));if(p.con)con.forEach(x=>g.add('@'+x));(i%5===k?te:tr).push({f,g,label:e.label});}
 const n=nb(tr,o),q=cos(tr.map(t=>({f:t.g,label:t.label})),p);for(const t of te){ if(t.label==='none')continue; c++;const g=n(t.f);const cs=q(t.g);const sc=g.map(({l,s})=>({l,s:o.mix*s+(1-o.mix)*10*(cs.get(l)??0)})).sort((a,b)=>b.s-a.s);
 const cmd=(l:string)=>o.byCmd?l.split(':')[0]:l; if(cmd(sc[0]!.l)===cmd(t.label))r++;}}
 return (100*r/c).toFixed(1);}
const base={bi:false,skip:false,tri:false,prior:1,minbi:1,wbi:1,sm:.2,mix:.3,wc:.5,fill:.5,k:3,dk:.5};
const C={...base,bi:true,tri:true};
for(const [n,[o,p]] of Object.entries({a:[{},{}],mix2:[{mix:.2},{}],mix5:[{mix:.5},{}],bi:[{bi:true},{}],con:[{con:true},{con:true}],conbi:[{con:true,bi:true},{con:true}],concos:[{},{con:true}],connb:[{con:true},{}],notri:[{con:true},{con:true,tri:false}],k1:[{con:true},{con:true,k:1}],k5:[{con:true},{con:true,k:5}],fill1:[{con:true},{con:true,fill:1}],fill3:[{con:true},{con:true,fill:.3}],sm5:[{con:true,sm:.5},{con:true}],sm1:[{con:true,sm:.1},{con:true}],wc1:[{con:true},{con:true,wc:1}],cosonly:[{mix:0},{con:true}],p0:[{con:true,prior:0},{con:true}]} as any)) {const [oo,pp]=o===undefined?[{}, {}]:[o,p]; console.log(n, run({...base,...oo},{...C,...pp}), run({...base,...oo,byCmd:true},{...C,...pp}));}
