import { Gallery, launch, tab } from '../stories/kit.mjs';
const b = await launch(), s = await Gallery.start({}, 'stage');
const { page, seen } = await tab(b);
await page.goto(`${s.url}/easel?${new URLSearchParams({name:'x', html:process.argv[2]})}`);
await new Promise(r=>setTimeout(r,3000));
console.log(await page.evaluate(()=>document.documentElement.dataset.liveStatus), seen, s.log.slice(-600), (await page.content()).slice(0,500));
await b.close(); await s.kill();
