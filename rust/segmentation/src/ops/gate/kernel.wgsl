// One workgroup makes the whole gate: its threads sum the pixels in LANES interleaved shares of four channels each,
// then one thread a value does the two small layers.

var<workgroup> partial: array<vec4f, WORKGROUP>;
var<workgroup> means: array<f32, JOINED>;
var<workgroup> squeezed: array<f32, SQUEEZED>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
    let group = thread % GROUPS;
    let lane = thread / GROUPS;

    var sum = vec4f(0.0);
    if lane < LANES {
        for (var pixel = lane; pixel < PIXELS; pixel += LANES) {
            sum += input[pixel * GROUPS + group];
        }
    }
    partial[thread] = sum / f32(PIXELS);
    workgroupBarrier();
    if thread < GROUPS {
        for (var other = 1u; other < LANES; other++) {
            sum = partial[thread + other * GROUPS];
            partial[thread] += sum;
        }
        for (var i = 0u; i < 4u; i++) {
            means[thread * 4u + i] = partial[thread][i];
        }
    }
    workgroupBarrier();

    sum = vec4f(0.0); //? second
    if lane < LANES { //? second
        for (var pixel = lane; pixel < SECOND_PIXELS; pixel += LANES) { //? second
            sum += second[pixel * GROUPS + group]; //? second
        } //? second
    } //? second
    partial[thread] = sum / f32(SECOND_PIXELS); //? second
    workgroupBarrier(); //? second
    if thread < GROUPS { //? second
        for (var other = 1u; other < LANES; other++) { //? second
            sum = partial[thread + other * GROUPS]; //? second
            partial[thread] += sum; //? second
        } //? second
        for (var i = 0u; i < 4u; i++) { //? second
            let channel = thread * 4u + i; //? second
            if JOINED > GROUPS * 4u { //? second
                means[GROUPS * 4u + channel] = partial[thread][i]; //? second
            } else { //? second
                means[channel] += partial[thread][i]; //? second
            } //? second
        } //? second
    } //? second
    workgroupBarrier(); //? second

    if thread < SQUEEZED {
        var value = squeeze_bias[thread];
        for (var channel = 0u; channel < JOINED; channel++) {
            value += means[channel] * squeeze_weight[channel * SQUEEZED + thread];
        }
        squeezed[thread] = max(value, 0.0);
    }
    workgroupBarrier();
    if thread < GROUPS * 4u {
        var value = excite_bias[thread];
        for (var channel = 0u; channel < SQUEEZED; channel++) {
            value += squeezed[channel] * excite_weight[channel * GROUPS * 4u + thread];
        }
        output[thread] = 1.0 / (1.0 + exp(-value));
    }
}
