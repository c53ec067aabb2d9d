#!/usr/bin/env bash
# Proves tandem.sbatch on a real Slurm: a controller and three nodes on this machine, in namespaces of their own, so that
# neither ports nor processes are left behind. As root, on Debian:
#
#   apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge
#   npm ci && npm run build && npx tandem setup && deploy/slurm/test.sh
set -euo pipefail
home=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" != inside ]; then
  for command in slurmctld slurmd munged sbatch unshare ip; do
    command -v "$command" >/dev/null || { echo "deploy/slurm/test.sh: $command is missing; see its first lines"; exit 2; }
  done
  work=$(mktemp -d /tmp/tandem-slurm-XXXXXX)
  trap 'rm -rf "$work"' EXIT
  unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc "$0" inside "$work"
  exit
fi
work=$2

# Name and address for each node; nothing of the machine's own network.
ip link set lo up
ip link add nodes type veth peer name other
ip link set nodes up && ip link set other up
# An address that is not loopback's: without one Slurm resolves no name at all.
for n in 1 2 3 9; do ip address add "10.77.0.$n/24" dev nodes; done
hostname controller
{ echo '127.0.0.1 localhost'; echo '10.77.0.9 controller'; for n in 1 2 3; do echo "10.77.0.$n n$n"; done; } >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
mkdir "$work"/{munge,state,log}
chmod 755 "$work" "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chmod 600 "$work/munge/key"
munged --force --key-file "$work/munge/key" --socket "$work/munge/socket" --pid-file "$work/munge/pid" \
  --log-file "$work/munge/log" --seed-file "$work/munge/seed"
export SLURM_CONF=$work/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=tandem
SlurmctldHost=controller(10.77.0.9)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SlurmdTimeout=5
KillWait=20
JobRequeue=1
BatchStartTimeout=30
SchedulerParameters=sched_interval=1
StateSaveLocation=$work/state
SlurmctldPidFile=$work/slurmctld.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdPidFile=$work/slurmd-%n.pid
SlurmdLogFile=$work/log/slurmd-%n
SlurmdSpoolDir=$work/spool-%n
SlurmctldPort=6817
$(for n in 1 2 3; do echo "NodeName=n$n NodeHostname=controller NodeAddr=10.77.0.$n Port=700$n CPUs=2 RealMemory=1024 State=UNKNOWN"; done)
PartitionName=all Nodes=n[1-3] Default=YES MaxTime=10 State=UP
CONF
mkdir "$work"/spool-n{1,2,3}
slurmctld
for n in 1 2 3; do slurmd -N "n$n"; done

# A small data set in MNIST's format: 600 images of noise with a bright square whose place is the class.
node - "$work" <<'JS'
const { mkdirSync, writeFileSync } = require('node:fs');
const [, , work] = process.argv;
const count = 600, size = 28;
for (const part of ['train', 'eval']) {
  mkdirSync(`${work}/data/${part}`, { recursive: true });
  const images = Buffer.alloc(16 + count * size * size), labels = Buffer.alloc(8 + count);
  [2051, count, size, size].forEach((n, i) => images.writeUInt32BE(n, 4 * i));
  [2049, count].forEach((n, i) => labels.writeUInt32BE(n, 4 * i));
  for (let i = 0; i < count; i++) {
    labels[8 + i] = i % 4;
    for (let p = 0; p < size * size; p++) images[16 + i * size * size + p] = (i * 7919 + p * 104729) % 61;
    for (let y = 0; y < 8; y++) for (let x = 0; x < 8; x++)
      images[16 + i * size * size + (y + 16 * (i & 1)) * size + x + 8 * (i & 2)] = 255;
  }
  const prefix = part === 'train' ? 'train' : 't10k';
  writeFileSync(`${work}/data/${part}/${prefix}-images-idx3-ubyte`, images);
  writeFileSync(`${work}/data/${part}/${prefix}-labels-idx1-ubyte`, labels);
}
JS
cat >"$work/run.yaml" <<YAML
model: { name: small }
data: { format: idx, train: $work/data/train, eval: $work/data/eval }
training: { globalBatch: 60, epochs: 20, seed: 7, microBatches: 6 }
evaluation: { everyEpochs: 0 }
cluster: { minWorkers: 2, rejoinTimeoutMs: 60000 }
checkpoint: { everySteps: 100 }
YAML
STEPS=200

fail() {
  echo "FAILED: $1"
  sinfo --long --Node; for file in "$work"/*.out "$work"/log/*; do [ ! -e "$file" ] || { echo "--- $file"; tail -n 40 "$file"; }; done
  exit 1
}
until_true() { # what, seconds, command…
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $deadline ] || fail "waited for $what"; sleep 0.2; done
}
steps_of() { grep -c '"type":"step"' "$work/$1/metrics.jsonl"; }
has_steps() { [ "$(steps_of "$1")" -ge "$2" ]; }
submit() { # name, more of sbatch's flags
  local name=$1
  shift
  TANDEM_HOME=$home TANDEM_INSECURE=1 sbatch --parsable --output "$work/$name.out" --nodes 3 "$@" \
    "$home/deploy/slurm/tandem.sbatch" "$work/run.yaml" "$work/$name"
}
ended_well() { grep -q 'ended with 0' "$work/$1.out" && [ "$(steps_of "$1")" = $STEPS ] && ! squeue --noheader --jobs "$2" 2>/dev/null | grep -q .; }
weights() { sha256sum "$work/$1/checkpoints/$(ls "$work/$1/checkpoints" | tail -n 1)/model.safetensors" | cut -d' ' -f1; }
idle() { [ "$(sinfo --noheader --format %t --nodes n1,n2,n3 --Node | sort -u)" = idle ]; }

until_true "three idle nodes" 30 idle

job=$(submit undisturbed)
until_true 'the undisturbed run to end well' 180 ended_well undisturbed "$job"
[ "$(weights undisturbed)" != '' ] || fail 'no weights'
echo "passed: job $job, three workers on three nodes, $STEPS steps"

until_true 'idle nodes' 60 idle
job=$(submit requeued)
until_true 'its first steps' 90 has_steps requeued 20
scancel --batch --signal USR1 "$job" # what Slurm sends at the end of the job's time
until_true 'the requeue' 60 grep -q 'goes back into the queue' "$work/requeued.out"
stopped=$(steps_of requeued)
until_true 'the requeued run to end well' 240 ended_well requeued "$job"
[ "$stopped" -lt $STEPS ] || fail "it had ended before it was told to stop"
[ "$(weights requeued)" = "$(weights undisturbed)" ] || fail 'a requeued run has other weights'
echo "passed: job $job stopped with a checkpoint at step $stopped, was requeued, and has the weights of the undisturbed run"

until_true 'idle nodes' 60 idle
job=$(submit killed)
until_true 'its first steps' 90 has_steps killed 20
# A node dies: its slurmd, its step's daemon, and the worker, all at once.
victim=$(pgrep -f 'slurmd -N n3')
worker=$(pgrep -f "main.js worker" | while read -r pid; do tr '\0' '\n' <"/proc/$pid/environ" | grep -qx SLURMD_NODENAME=n3 && echo "$pid" || true; done)
stepd=$(for pid in $worker; do ps -o ppid= -p "$pid"; done)
[ -n "$worker" ] || fail 'no worker on n3'
kill -KILL $victim $stepd $worker
echo "killed node n3 after step $(steps_of killed)"
until_true 'the run to end well without n3' 240 ended_well killed "$job"
[ "$(weights killed)" = "$(weights undisturbed)" ] || fail 'a run that lost a node has other weights'
grep -q '"worldSize":2' "$work/killed/metrics.jsonl" || fail 'n3 was not missed'
echo "passed: job $job lost a node and went on with two workers to the weights of the undisturbed run"
echo '3 passed, 0 failed'
