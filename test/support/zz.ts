import { theLaw } from '../../engine/breach/index.js';
import { readProfile } from '../../engine/breach/files.js';
import { random } from './random.js';
import { vocabulary } from '../../engine/breach/vocabulary.js';
import { duties } from '../../engine/breach/duties.js';
import { dutyCases, faultsOfCase } from './breach-cases.js';
const law = theLaw(); const p = readProfile('jurisdictions: [EU, US, UK, SG, AU, IN]\nroles: ['+Object.keys(vocabulary.roles).join(',')+']\n');
const r = random(5); const facts: any[] = [];
for (let i=0;i<300;i++){ const n=r.pick(Object.keys(vocabulary.facts)); const k=(vocabulary.facts as any)[n].kind; facts.push({fact: k==='count'&&n!=='service_hours'? n+'.US-'+r.pick(['CA','NY','TX','WA','CO']):n, value: k==='yes-no'? r.next()<.8 : k==='choice'? 'high': k==='count'? {from:r.int(900),to:null}: {at: 1772409600000-r.int(1e9)}, by:'a', at:1772409600000+i*1000, reason:''}); }
const t=performance.now(); const d = duties(law,p,facts,1772409600000+1e6); console.log(d.duties.length, performance.now()-t,'ms');
console.log(dutyCases().filter((c)=>faultsOfCase(c).length).length, 'wrong of', dutyCases().length);
