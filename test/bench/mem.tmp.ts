import { fcn } from '@suggestive/sidecar/engine/fcn'
import * as ort from 'onnxruntime-node'
import { createOnnxBackend } from '@suggestive/sidecar/engine/onnx/backend'
import { initialParameters, initialStatistics } from '@suggestive/sidecar/engine/initialise'
import { draws } from '@suggestive/sidecar/domain/random'
const [W,B,S]=[Number(process.argv[2]),Number(process.argv[3]),Number(process.argv[4])]
const extra=JSON.parse(process.argv[5]??'{}')
const orig = ort.InferenceSession.create.bind(ort.InferenceSession)
;(ort.InferenceSession as any).create = async (m: any, o: any) => orig(m, { ...o, ...extra })
const rss=()=>(process.memoryUsage().rss/1e6).toFixed(0)
console.log(JSON.stringify(extra),'start',rss())
const net=fcn({width:W,classes:2,channels:3})
const p=initialParameters(net,(n)=>draws(1,n)); const z=()=>new Float32Array(p.length)
const be=createOnnxBackend({threads:2})
if (B>0) {
const s=await be.train(net,{batch:B,height:S,width:S},{parameters:p,moment:z(),velocity:z(),statistics:initialStatistics(net),iteration:0},0.9)
console.log('compiled',rss())
const x=new Float32Array(B*S*S*3).fill(.3); const y=new Float32Array(B*S*S*2).fill(.5)
for(let i=0;i<6;i++){const c=process.cpuUsage(); await s.step(x,y,1e-3); const u=process.cpuUsage(c); console.log('cpu',((u.user+u.system)/1e3).toFixed(0),rss())}
} else {
const pr=await be.predictor(net,S,S,{parameters:p,statistics:initialStatistics(net)}); const x=new Float32Array(S*S*3).fill(.3)
for(let i=0;i<6;i++){const c=process.cpuUsage(); await pr.predict(x); const u=process.cpuUsage(c); console.log('cpu',((u.user+u.system)/1e3).toFixed(0),rss())}
}
