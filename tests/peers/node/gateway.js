// A centre and USSD gateway that an application binds to, by the npm package smpp.
//
// It takes one long text and sends its receipt; then a phone dials, answers the menu, and is shown
// the end. Before it dials it sends the octets of its second argument, if there are any.
'use strict'

const smpp = require('smpp')

const [scenario, abuse] = process.argv.slice(2)
const { phone, code, dialled, choice, session: sessionInfo, reference, vendor, name, password } =
  JSON.parse(scenario)
const UCS2 = 8

const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }))
const octets = value => Buffer.isBuffer(value) ? value : Buffer.from(value.message ?? value)
smpp.addTLV('vendor', { id: 0x1501, type: smpp.types.tlv.buffer })

const server = smpp.createServer(session => {
  let ids = 0

  session.on('bind_transceiver', pdu => {
    const known = pdu.system_id === name && pdu.password === password
    const status = known ? 0 : smpp.ESME_RINVPASWD
    session.send(pdu.response({ command_status: status, system_id: 'npm' }))
    tell('bound', { status, system_id: pdu.system_id })
  })

  session.on('submit_sm', pdu => {
    const id = `npm-${++ids}`
    session.send(pdu.response({ message_id: id }))
    if (pdu.ussd_service_op !== undefined) return shown(pdu)
    tell('part', {
      udh: (pdu.short_message.udh ?? []).map(each => each.toString('hex')),
      text: pdu.short_message.message,
      data_coding: pdu.data_coding
    })
    if (!pdu.registered_delivery) return
    const header = pdu.short_message.udh?.[0]
    const last = !header || header[3] === header[4]
    session.deliver_sm({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 ` +
        'stat:DELIVRD err:000 text:',
      receipted_message_id: id,
      message_state: 2
    }, pdu => {
      tell('receipt', { status: pdu.command_status })
      if (!last) return
      if (abuse) session.socket.write(Buffer.from(abuse, 'hex'))
      from(1, dialled)
    })
  })

  function from (op, text) {
    session.deliver_sm({
      service_type: 'USSD',
      source_addr: phone,
      destination_addr: code,
      data_coding: 15,
      short_message: Buffer.from(text),
      ussd_service_op: op,
      its_session_info: Buffer.from(sessionInfo, 'hex'),
      user_message_reference: parseInt(reference, 16),
      vendor: Buffer.from(vendor, 'hex')
    }, pdu => tell('taken', { status: pdu.command_status }))
  }

  function shown (pdu) {
    tell('shown', {
      op: pdu.ussd_service_op,
      text: pdu.data_coding === UCS2 ? pdu.short_message.message : octets(pdu.short_message).toString(),
      session: octets(pdu.its_session_info).toString('hex'),
      reference: pdu.user_message_reference.toString(16).padStart(4, '0'),
      service_type: pdu.service_type
    })
    if (pdu.ussd_service_op === 2) from(18, choice)
  }

  session.on('generic_nack', pdu => tell('nack', { status: pdu.command_status }))
  session.on('deliver_sm_resp', pdu => tell('answer', { status: pdu.command_status }))
  session.on('enquire_link', pdu => session.send(pdu.response()))
  session.on('unbind', pdu => {
    session.send(pdu.response())
    tell('unbound', {})
    session.close()
    server.close()
  })
  session.on('error', error => tell('error', { reason: error.message }))
})

server.listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }))
