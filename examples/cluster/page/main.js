// Counts for the coordinators of a cluster, in a page that Vite builds: `npm install`, then `npm
// run dev`. `npm run cluster -- --websocket` starts a server to try it with. See docs/cluster.md.
import { joinCluster } from "brenier/cluster";
import { openGpu } from "brenier/web";

const form = document.querySelector("form");
const output = document.querySelector("output");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { server, creds } = Object.fromEntries(new FormData(form));
  const onMessage = (line) => {
    output.textContent = line;
  };
  const onProgress = ({ ranges, samples }) => onMessage(`${ranges} ranges, ${samples} samples`);
  const options = { server, onProgress, onMessage, ...(creds !== "" && { creds }) };
  await joinCluster(await openGpu(), options).catch((error) => onMessage(error.message));
});
